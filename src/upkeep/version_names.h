// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which objects the versions of one table name: data files, delete files, side objects. Expiry asks it about versions
// that stay and versions that go. Remembers what it read, so that each version is read once. Thread-compatible.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "table/table.h"

namespace tarn::upkeep {

class VersionNames {
 public:
  explicit VersionNames(table::Table& table) : table_(table) {}

  /// What the versions brought, in their order; forgets all others.
  Result<std::vector<table::VersionChange>> Load(std::span<const int64_t> history);

  /// Names of the versions in `wanted`, a part of the loaded history, as key parts behind the table's location. Names
  /// that a version has from its parent may be missing when that one is in `covered`.
  Result<std::set<std::string>> NamesOf(const std::set<int64_t>& wanted, const std::set<int64_t>& covered);

  /// Hashes of all names of the versions in `kept`, a part of the loaded history, and of the newest snapshot, which may
  /// have come later. Keeping one hash too many keeps an object longer, no more.
  Result<std::unordered_set<size_t>> HashesOf(const std::set<int64_t>& kept, const table::Snapshot& newest);

  /// Files that Tarn writes lie here.
  static constexpr std::string_view kDataFolder = "/data/";

  /// Whether merges put key filters beside the data files of the table at `location`.
  static bool HasKeyFilters(std::string_view location) { return location.starts_with("silver/"); }

  static size_t HashOf(const std::string& name) { return std::hash<std::string>()(name); }

 private:
  Status AddSide(const std::map<std::string, int64_t>& transactions, std::vector<std::string>& names);
  Result<std::vector<std::string>> NamesOfSnapshot(const table::Snapshot& snapshot);
  Result<std::vector<std::string>> NamesOfChange(const table::VersionChange& change);

  table::Table& table_;
  std::map<int64_t, table::VersionChange> changes_;
  std::map<int64_t, std::vector<size_t>> whole_;                  ///< hashes of versions that stand alone
  std::map<int64_t, std::vector<std::string>> side_by_manifest_;  ///< of the loaded history
};

}  // namespace tarn::upkeep
