// SPDX-License-Identifier: Apache-2.0
#pragma once
// Removal of objects that nothing names: left by a process that died between an object and the put that would have
// named it (lake.md §7). Objects are listed before references are read, and only those older than three days go, so
// nothing that is still being written is touched. Thread-compatible.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lake/references.h"
#include "store/object_store.h"

namespace tarn::upkeep {

struct OrphanOptions {
  std::chrono::milliseconds older_than = std::chrono::days(3);
  size_t most = 100'000;  ///< deleted in one run
};

struct Orphan {
  std::string key;
  uint64_t size_bytes = 0;
};

struct OrphanOutcome {
  std::vector<Orphan> orphans;          ///< that were deleted; a dry run would delete them
  uint64_t bytes = 0;                   ///< of them
  uint64_t listed = 0;                  ///< objects looked at
  std::vector<std::string> not_judged;  ///< folders whose references cannot be read, with the reason
};

class CollectOrphans {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    Clock& clock;
    std::vector<lake::References*> references;
    std::function<Status()> seat_check;
  };

  CollectOrphans(Dependencies dependencies, OrphanOptions options)
      : dependencies_(std::move(dependencies)), options_(options) {}

  /// Looks at the folders that start with `prefix`; empty = all.
  Result<OrphanOutcome> Run(const std::string& prefix, bool dry_run);

 private:
  Status RunFolder(lake::References& owner, const std::string& folder, OrphanOutcome& outcome);
  Status DeleteAll(const OrphanOutcome& outcome);

  Dependencies dependencies_;
  const OrphanOptions options_;
};

}  // namespace tarn::upkeep
