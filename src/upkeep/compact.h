// SPDX-License-Identifier: Apache-2.0
#pragma once
// Compaction of silver and gold tables: the files of a plan are read, deleted rows left out, and written as few larger
// ones; one commit swaps them and changes no row, position or side manifest. A file that meanwhile went or lost rows
// keeps what the newer commit said: its group is dropped (durability.md §5.4). Thread-compatible.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "lake/open_tables.h"
#include "silver/make_key_filter.h"
#include "upkeep/compaction_plan.h"

namespace tarn::upkeep {

struct CompactOutcome {
  uint64_t files_before = 0;  ///< that the commit replaced (dry run: would replace)
  uint64_t files_after = 0;   ///< that it put in their place
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t groups_lost = 0;  ///< rewritten for nothing, because another commit changed their files first
};

class Compact {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    engine::QueryEngine& engine;
    lake::OpenTables& tables;
    std::function<Status()> seat_check;
  };

  Compact(Dependencies dependencies, CompactionRule rule) : dependencies_(std::move(dependencies)), rule_(rule) {}

  struct Columns {
    std::vector<std::string> cluster_by;  ///< whose order the rows of a new file get; empty = as they are
    std::vector<std::string> key;         ///< of a silver table: new files get key filters
  };
  /// One run over the table at `location`. A dry run only counts.
  Result<CompactOutcome> Run(const std::string& location, const Columns& columns, bool dry_run);

 private:
  struct Rewrite {
    CompactionGroup from;
    std::vector<table::DataFile> to;
    bool dropped = false;
  };
  Result<Rewrite> Write(const table::Table& table, const table::SnapshotPtr& base, CompactionGroup group,
                        const Columns& columns);
  /// Puts the key filter of a file that `select` gave the rows of.
  Status FilterKeys(engine::Workspace& workspace, const silver::KeyFilterRequest& request, const std::string& select);
  Status Commit(table::Table& table, const table::SnapshotPtr& base, std::vector<Rewrite>& rewrites);
  void DeleteDropped(const std::string& location, const std::vector<Rewrite>& rewrites);

  Dependencies dependencies_;
  const CompactionRule rule_;
};

}  // namespace tarn::upkeep
