// SPDX-License-Identifier: Apache-2.0
#include "silver/file_plan.h"

#include <algorithm>
#include <array>

namespace tarn::silver {
namespace {

/// Files from this size on are left to compaction.
constexpr int64_t kSmallFileBytes = 4LL << 20;
/// Files of a tier that make the next one; a file of tier t has less than kTierFanIn^(t + 1) rows.
constexpr size_t kTierFanIn = 16;
/// Tiers beyond are left to compaction: a file of so many rows is not small.
constexpr size_t kTiers = 6;

/// Whether the values are of one kind, so that their order means something.
bool Comparable(const table::Value& a, const table::Value& b) {
  return !table::IsNull(a) && !table::IsNull(b) && a.index() == b.index();
}

bool MayHold(const table::DataFile& file, int32_t field_id, const KeyRange& range) {
  const auto found = file.stats.find(field_id);
  if (found == file.stats.end()) return true;
  const auto& stats = found->second;
  if (Comparable(stats.upper, range.lower) && table::Compare(stats.upper, range.lower) < 0) return false;
  return !Comparable(stats.lower, range.upper) || table::Compare(stats.lower, range.upper) <= 0;
}

size_t TierOf(int64_t rows) {
  size_t tier = 0;
  for (auto left = rows / static_cast<int64_t>(kTierFanIn); left > 0; left /= static_cast<int64_t>(kTierFanIn)) ++tier;
  return tier;
}

bool IsSmall(const table::DataFile& file) {
  return file.size_bytes < kSmallFileBytes && file.record_count >= 0 && TierOf(file.record_count) < kTiers;
}

}  // namespace

void Include(KeyRange& range, const table::Value& value) {
  if (table::IsNull(range.lower) || table::Compare(value, range.lower) < 0) range.lower = value;
  if (table::IsNull(range.upper) || table::Compare(value, range.upper) > 0) range.upper = value;
}

std::vector<table::DataFilePtr> CandidateFiles(const table::Snapshot& snapshot, const KeyRanges& keys) {
  std::vector<std::pair<int32_t, const KeyRange*>> ranges;
  for (const auto& range : keys) {
    const auto index = snapshot.schema.IndexOf(range.column);
    if (index && !table::IsNull(range.lower)) ranges.emplace_back(snapshot.schema.fields[*index].id, &range);
  }
  std::vector<table::DataFilePtr> candidates;
  for (const auto& file : snapshot.files) {
    const auto may_hold = [&](const auto& range) { return MayHold(*file, range.first, *range.second); };
    if (std::ranges::all_of(ranges, may_hold)) candidates.push_back(file);
  }
  return candidates;
}

std::vector<table::DataFilePtr> FilesToAbsorb(const table::Snapshot& snapshot) {
  std::array<size_t, kTiers> counts{};
  for (const auto& file : snapshot.files) {
    if (IsSmall(*file)) ++counts[TierOf(file->record_count)];
  }
  // The highest full tier takes all below along: their rows go up at least as far.
  size_t full = kTiers;
  for (size_t tier = 0; tier < kTiers; ++tier) {
    if (counts[tier] >= kTierFanIn) full = tier;
  }
  std::vector<table::DataFilePtr> files;
  if (full == kTiers) return files;
  for (const auto& file : snapshot.files) {
    if (IsSmall(*file) && TierOf(file->record_count) <= full) files.push_back(file);
  }
  return files;
}

}  // namespace tarn::silver
