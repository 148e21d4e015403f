// SPDX-License-Identifier: Apache-2.0
#pragma once
// Expiry of a table's snapshots and of the files only they name (durability.md §8). Versions leave by the retention
// rule; a record says which and what goes with them; the objects are deleted when nobody can still be reading them.
// Safe to kill at any point: what is recorded is deleted later, what is not is found again. Thread-compatible.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "lake/expiry_record.h"
#include "lake/open_tables.h"
#include "table/history.h"
#include "upkeep/version_names.h"

namespace tarn::upkeep {

struct ExpireOptions {
  table::RetentionRule keep;
  std::chrono::milliseconds objects_after = std::chrono::hours(1);   ///< longer than the longest query
  std::chrono::milliseconds numbers_after = std::chrono::hours(24);  ///< durability.md §1.3
  size_t smallest_batch = 1;                                         ///< fewer versions wait for more
};

struct ExpireOutcome {
  uint64_t versions = 0;            ///< that left the history, and the mirror's
  uint64_t doomed = 0;              ///< objects that went with them and wait for their time
  uint64_t deleted = 0;             ///< objects deleted whose time had come
  std::vector<std::string> keys{};  ///< of them; empty in a dry run
  bool at_rest = true;              ///< nothing will be left to do later unless there are new commits
};

class Expire {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    lake::OpenTables& tables;
    Clock& clock;
    Randomness& randomness;
    std::function<Status()> seat_check;
    /// Start of the oldest job run in flight: no setting bounds how long one reads what it pinned.
    std::function<std::optional<Timestamp>()> oldest_run = [] { return std::optional<Timestamp>(); };
  };

  /// Versions and objects that one run handles at most; the next run goes on.
  static constexpr size_t kMaxVersions = 5'000;
  static constexpr size_t kMaxDeletes = 20'000;

  Expire(Dependencies dependencies, ExpireOptions options)
      : dependencies_(std::move(dependencies)), options_(options) {}

  /// One run over the table at `location` and its mirror; a dry run only counts.
  Result<ExpireOutcome> Run(const std::string& location, bool dry_run);

 private:
  struct Line;
  struct Pass;
  Line LineOf(const std::string& name, table::Table& table);

  Dependencies dependencies_;
  const ExpireOptions options_;
  std::map<std::string, std::shared_ptr<VersionNames>> names_;  ///< by location, or lake::MirrorName
  std::map<std::string, lake::ExpiryRecords> known_;            ///< likewise
};

}  // namespace tarn::upkeep
