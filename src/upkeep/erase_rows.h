// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes the rows of keys out of a table for good: every data file that holds one, be it deleted already, is written
// anew without them, in one commit (durability.md §5.4). Statistics and key filters are those of the new files.
// Versions before that commit still have the rows until they expire. Thread-compatible.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "lake/open_tables.h"
#include "upkeep/erasure_keys.h"

namespace tarn::upkeep {

struct EraseRowsOutcome {
  uint64_t rows = 0;           ///< live ones that went (dry run: would go)
  uint64_t files_removed = 0;  ///< data files that held some, live or deleted
  uint64_t files_added = 0;
};

class EraseRows {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    engine::QueryEngine& engine;
    lake::OpenTables& tables;
    std::function<Status()> seat_check;
  };

  explicit EraseRows(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  struct Request {
    std::string location;
    const ErasureKeys& keys;
    bool filters_keys = false;  ///< new files get key filters
    bool dry_run = false;
  };
  /// Adds to the commit what belongs to the table besides its rows; false: nothing does.
  using Complete = std::function<Result<bool>(const table::Snapshot& base, table::CommitIntent& intent)>;

  /// The table has the key's columns; kInvalidArgument otherwise. Commits nothing when nothing is to go.
  Result<EraseRowsOutcome> Run(const Request& request, const Complete& complete);

 private:
  Result<std::vector<table::DataFilePtr>> FilesWith(const Request& request, const table::SnapshotPtr& base,
                                                    const std::string& condition);
  Status Rewrite(const Request& request, const table::SnapshotPtr& base, const std::string& condition,
                 EraseRowsOutcome& outcome, table::CommitIntent& intent);

  const Dependencies dependencies_;
};

}  // namespace tarn::upkeep
