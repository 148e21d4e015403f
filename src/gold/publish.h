// SPDX-License-Identifier: Apache-2.0
#pragma once
// Publishing a run's result: one commit of the gold table that carries the run number (durability.md §7.1, http-api.md
// §8.2). Re-plans on every snapshot it loses to; thread-compatible.

#include <functional>
#include <string>

#include "engine/query_engine.h"
#include "gold/interval_range.h"
#include "gold/job.h"
#include "gold/staged_result.h"
#include "gold/versions.h"
#include "table/table.h"

namespace tarn::gold {

/// Where the rows of a result come from.
enum class ResultPlace {
  kTempTable,  ///< `result` of the workspace
  kQuery       ///< the job's query itself, run by the publish; for overwrites, which read the rows once
};

struct PublishRequest {
  const Job& job;
  uint64_t run = 0;
  engine::Workspace& workspace;
  table::Schema result;
  ResultPlace place = ResultPlace::kTempTable;
  std::function<Status()> seat_check;
  /// Looks at the table as it would be, once for each snapshot it is planned on; an error publishes nothing.
  std::function<Status(const StagedResult& staged, const table::SnapshotPtr& base)> check = {};
  bool replaces_all = false;                 ///< the result is the table, whatever the job says
  std::optional<IntervalRange> range = {};   ///< the result takes the place of the table's rows in it
  std::optional<Versions> versions = {};     ///< of a snapshot job
  std::optional<Timestamp> done_until = {};  ///< part of a backfill: how far the run is with this commit
};

/// How far a backfill with this run number has come in the snapshot; nullopt: it has not begun.
std::optional<Timestamp> BackfilledUntil(const table::Snapshot& snapshot, const Job& job, uint64_t run);

/// Publishes once: a snapshot that already carries this run is left as it is, unless it is a backfill that has come
/// less far; one with a later run is kConflict. kInvalidArgument: the result does not fit the job (missing key column,
/// duplicate keys, duplicate column names). Answers the snapshot with the run.
Result<table::SnapshotPtr> Publish(const PublishRequest& request, table::Table& table);

/// Whether the snapshot carries this run of the job.
bool IsPublished(const table::Snapshot& snapshot, const Job& job, uint64_t run);

}  // namespace tarn::gold
