// SPDX-License-Identifier: Apache-2.0
#include "upkeep/version_names.h"

#include <algorithm>

#include "silver/merge.h"
#include "silver/side_references.h"

namespace tarn::upkeep {

Result<std::vector<table::VersionChange>> VersionNames::Load(std::span<const int64_t> history) {
  std::map<int64_t, table::VersionChange> changes;
  std::map<int64_t, std::vector<std::string>> side;
  std::vector<table::VersionChange> result;
  for (const auto version : history) {
    auto known = changes_.find(version);
    if (known == changes_.end()) {
      TARN_ASSIGN(auto change, table_.LoadChange(version));
      known = changes_.emplace(version, std::move(change)).first;
    }
    result.push_back(known->second);
    changes.insert(*known);
    const auto number = known->second.transactions.find(silver::kSideTransaction);
    if (number == known->second.transactions.end()) continue;
    if (const auto names = side_by_manifest_.find(number->second); names != side_by_manifest_.end())
      side.insert(*names);
  }
  changes_ = std::move(changes);
  side_by_manifest_ = std::move(side);
  std::erase_if(whole_, [this](const auto& entry) { return !changes_.contains(entry.first); });
  return result;
}

Status VersionNames::AddSide(const std::map<std::string, int64_t>& transactions, std::vector<std::string>& names) {
  const auto number = transactions.find(silver::kSideTransaction);
  if (number == transactions.end()) return {};
  auto known = side_by_manifest_.find(number->second);
  if (known == side_by_manifest_.end()) {
    TARN_ASSIGN(auto keys, silver::SideReferences(table_.store(), table_.location(), number->second));
    for (auto& key : keys) key.erase(0, table_.location().size());
    known = side_by_manifest_.emplace(number->second, std::move(keys)).first;
  }
  names.insert(names.end(), known->second.begin(), known->second.end());
  return {};
}

Result<std::vector<std::string>> VersionNames::NamesOfSnapshot(const table::Snapshot& snapshot) {
  std::vector<std::string> names;
  names.reserve(snapshot.files.size());
  for (const auto& file : snapshot.files) {
    names.push_back("/" + file->path);
    for (const auto& deletes : file->deletes) {
      if (!deletes->path.empty()) names.push_back("/" + deletes->path);
    }
  }
  TARN_TRY(AddSide(snapshot.transactions, names));
  return names;
}

Result<std::vector<std::string>> VersionNames::NamesOfChange(const table::VersionChange& change) {
  std::vector<std::string> names;
  for (const auto& path : change.added) names.push_back("/" + path);
  TARN_TRY(AddSide(change.transactions, names));
  return names;
}

Result<std::set<std::string>> VersionNames::NamesOf(const std::set<int64_t>& wanted, const std::set<int64_t>& covered) {
  std::set<std::string> all;
  for (const auto version : wanted) {
    const auto parent = changes_.at(version).parent;
    const bool follows = !parent || wanted.contains(*parent) || covered.contains(*parent);
    std::vector<std::string> names;
    if (follows) {
      TARN_ASSIGN(names, NamesOfChange(changes_.at(version)));
    } else {
      TARN_ASSIGN(const auto snapshot, table_.LoadVersion(version));
      TARN_ASSIGN(names, NamesOfSnapshot(*snapshot));
    }
    all.insert(names.begin(), names.end());
  }
  return all;
}

Result<std::unordered_set<size_t>> VersionNames::HashesOf(const std::set<int64_t>& kept,
                                                          const table::Snapshot& newest) {
  std::unordered_set<size_t> hashes;
  TARN_ASSIGN(const auto live, NamesOfSnapshot(newest));
  for (const auto& name : live) hashes.insert(HashOf(name));
  for (const auto version : kept) {
    if (const auto parent = changes_.at(version).parent; !parent || kept.contains(*parent)) {
      TARN_ASSIGN(const auto names, NamesOfChange(changes_.at(version)));
      for (const auto& name : names) hashes.insert(HashOf(name));
      continue;
    }
    auto whole = whole_.find(version);
    if (whole == whole_.end()) {
      TARN_ASSIGN(const auto snapshot, table_.LoadVersion(version));
      TARN_ASSIGN(const auto names, NamesOfSnapshot(*snapshot));
      std::vector<size_t> own(names.size());
      std::ranges::transform(names, own.begin(), HashOf);
      whole = whole_.emplace(version, std::move(own)).first;
    }
    hashes.insert(whole->second.begin(), whole->second.end());
  }
  return hashes;
}

}  // namespace tarn::upkeep
