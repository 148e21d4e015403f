// SPDX-License-Identifier: Apache-2.0
#include "upkeep/compaction_plan.h"

#include <map>

namespace tarn::upkeep {
namespace {

constexpr int64_t kTierFactor = 8;

/// Number of the tier a small file is in.
int TierOf(int64_t size_bytes, const CompactionRule& rule) {
  int tier = 0;
  for (int64_t bound = rule.first_tier_bytes; size_bytes >= bound && bound > 0; bound *= kTierFactor) ++tier;
  return tier;
}

bool HasManyDeletes(const table::DataFile& file, const CompactionRule& rule) {
  if (file.deletes.empty()) return false;
  if (file.deletes.size() >= rule.delete_files_per_file) return true;
  const auto live = file.LiveRecordCount();
  if (live < 0 || file.record_count <= 0) return false;
  return static_cast<double>(file.record_count - live) >= rule.deleted_share * static_cast<double>(file.record_count);
}

/// Puts files into groups of about one target file.
class Groups {
 public:
  explicit Groups(int64_t target_bytes) : target_bytes_(target_bytes) {}

  void Add(const std::vector<table::DataFilePtr>& files, size_t fewest) {
    CompactionGroup group;
    int64_t bytes = 0;
    for (const auto& file : files) {
      group.push_back(file);
      bytes += file->size_bytes;
      if (bytes < target_bytes_) continue;
      Close(group, fewest);
      bytes = 0;
    }
    Close(group, fewest);
  }

  std::vector<CompactionGroup> Take() && { return std::move(groups_); }

 private:
  void Close(CompactionGroup& group, size_t fewest) {
    if (group.size() >= fewest) groups_.push_back(group);
    group.clear();
  }

  const int64_t target_bytes_;
  std::vector<CompactionGroup> groups_;
};

}  // namespace

std::vector<CompactionGroup> PlanCompaction(const table::Snapshot& snapshot, const CompactionRule& rule) {
  std::vector<table::DataFilePtr> deleted;
  std::map<int, std::vector<table::DataFilePtr>> tiers;
  for (const auto& file : snapshot.files) {
    if (!file->constants.empty()) continue;
    if (HasManyDeletes(*file, rule)) {
      deleted.push_back(file);
    } else if (file->size_bytes < rule.target_file_bytes / 2) {
      tiers[TierOf(file->size_bytes, rule)].push_back(file);
    }
  }
  Groups groups(rule.target_file_bytes);
  groups.Add(deleted, 1);
  for (const auto& [tier, files] : tiers) {
    if (files.size() >= rule.files_per_tier) groups.Add(files, 2);
  }
  auto all = std::move(groups).Take();
  int64_t bytes = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& file : all[i]) bytes += file->size_bytes;
    if (bytes <= rule.bytes_per_run || i == 0) continue;
    all.resize(i);
    break;
  }
  return all;
}

}  // namespace tarn::upkeep
