// SPDX-License-Identifier: Apache-2.0
#pragma once
// A table's history (durability.md §8): what each version did, which versions are kept. Values and a pure rule, the
// same for every format.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"

namespace tarn::table {

/// Which versions stay: the last `last`, the last of each minute for `minutes_for`, of each hour for `hours_for`.
struct RetentionRule {
  size_t last = 100;
  std::chrono::seconds minutes_for = std::chrono::hours(1);
  std::chrono::seconds hours_for = std::chrono::days(7);
};

/// What one version did. Versions have the ids of Snapshot::snapshot_id, which say
/// nothing of their order: that is History's.
struct VersionChange {
  int64_t version = -1;
  /// The version whose files it has besides those in `added`; nullopt: `added` is all it has.
  std::optional<int64_t> parent{};
  Timestamp committed_at;
  std::vector<std::string> added;               ///< paths of data and delete files that it names and its parent may not
  std::map<std::string, int64_t> transactions;  ///< that it set
  // As its writer says; nullopt when it does not.
  std::string operation{};
  std::optional<int64_t> files_added{};
  std::optional<int64_t> files_removed{};
  std::optional<int64_t> rows_added{};
  std::optional<int64_t> rows_removed{};  ///< those of removed files and those deleted by position
};

/// Versions of `history` (oldest first) that stay at `now`. A version that once left never comes back: times that go
/// backwards count as the latest time before them.
std::set<int64_t> KeptVersions(std::span<const VersionChange> history, const RetentionRule& rule, Timestamp now);

}  // namespace tarn::table
