// SPDX-License-Identifier: Apache-2.0
#pragma once
// Results that failed their tests, kept for a look beside the job's table (lake.md §6.2, durability.md §7.1): the
// newest few, for some days. Nothing that they name is deleted before them. Cheap to make; thread-safe.

#include <chrono>
#include <string>
#include <vector>

#include "gold/staged_result.h"
#include "lake/open_tables.h"
#include "store/object_store.h"

namespace tarn::gold {

class StagedResults {
 public:
  static constexpr size_t kMostKept = 10;  ///< of one job
  static constexpr std::chrono::days kKeptFor{7};

  explicit StagedResults(store::ObjectStore& store) : store_(store) {}

  /// `location`: of the job's table. Older ones than the newest kMostKept go.
  Status Put(const std::string& location, const StagedResult& staged);

  /// The rows of one; kNotFound when there is none, or its base has left the history.
  Result<engine::BoundTablePtr> Bind(table::Table& table, uint64_t run);

  /// Those that are kept, oldest first.
  Result<std::vector<StagedResult>> Load(const std::string& location);

  /// Lets go of those that are too old at `now`; answers how many. A dry run only counts.
  Result<size_t> RemoveOld(const std::string& location, Timestamp now, bool dry_run);

  /// Deletes all of them, and the files that they alone name, at once; gives the keys of what is gone.
  Result<std::vector<std::string>> RemoveAll(const std::string& location);

 private:
  store::ObjectStore& store_;
};

}  // namespace tarn::gold
