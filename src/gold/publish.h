// SPDX-License-Identifier: Apache-2.0
#pragma once
// Publishing a run's result: one commit of the gold table that carries the run number (durability.md §7.1, http-api.md
// §8.2). Re-plans on every snapshot it loses to; thread-compatible.

#include <functional>
#include <string>

#include "engine/query_engine.h"
#include "gold/job.h"
#include "gold/staged_result.h"
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
};

/// Publishes once: a snapshot that already carries this run is left as it is; one with a later run is kConflict.
/// kInvalidArgument: the result does not fit the job (missing key column, duplicate keys, duplicate column names).
/// Answers the snapshot with the run.
Result<table::SnapshotPtr> Publish(const PublishRequest& request, table::Table& table);

/// Whether the snapshot carries this run of the job.
bool IsPublished(const table::Snapshot& snapshot, const Job& job, uint64_t run);

}  // namespace tarn::gold
