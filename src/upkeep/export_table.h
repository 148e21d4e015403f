// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes the exports of a table: its rows as plain files, each in the place of the one before it (lake.md §6.9). They
// are no part of the lake's state: a run that is killed leaves the old files, the next one goes on. Thread-compatible.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "lake/export.h"
#include "lake/open_tables.h"
#include "upkeep/lake_tables.h"

namespace tarn::upkeep {

/// A table whose owner wants exports.
struct ExportTarget {
  LakeTable table;
  std::vector<lake::Export> exports;
};

struct ExportOutcome {
  uint64_t files = 0;  ///< written (dry run: to be written); 0 when they show the newest version already
  uint64_t rows = 0;   ///< of all of them
};

class ExportTable {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    engine::QueryEngine& engine;
    lake::OpenTables& tables;
    std::function<Status()> seat_check;
  };

  explicit ExportTable(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  /// Whether this object has brought the exports to the newest version this process knows. Does no I/O.
  bool IsUpToDate(const ExportTarget& target) const;

  /// Brings the exports of the table to its newest version. A dry run only counts files.
  Result<ExportOutcome> Run(const ExportTarget& target, bool dry_run);

 private:
  Result<uint64_t> Write(const ExportTarget& target, const table::SnapshotPtr& snapshot);

  Dependencies dependencies_;
  std::map<std::string, std::string> shown_;  ///< by table location: the hint beside its exports
};

}  // namespace tarn::upkeep
