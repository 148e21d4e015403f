// SPDX-License-Identifier: Apache-2.0
#include "silver/file_plan.h"

#include <algorithm>
#include <array>
#include <set>

namespace tarn::silver {
namespace {

/// Delete files of one data file from which it is rewritten. The formats fold them long before; what is left are those
/// that apply to many files, and equality deletes of others.
constexpr size_t kMaxDeleteFiles = 64;
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

/// Rows that were deleted before; the metadata may name the same row twice.
uint64_t DeletedRows(const FileHits& hits) {
  if (hits.deleted) return *hits.deleted;
  int64_t rows = 0;
  for (const auto& deletes : hits.file->deletes) rows += std::max<int64_t>(deletes->record_count, 0);
  return static_cast<uint64_t>(rows);
}

bool HasNoRowLeft(const FileHits& hits) {
  const auto stored = hits.file->record_count;
  if (hits.deleted) return stored >= 0 && static_cast<uint64_t>(stored) == *hits.deleted + hits.rows;
  const auto live = hits.file->LiveRecordCount();
  return live >= 0 && static_cast<uint64_t>(live) == hits.rows;
}

bool IsRewritten(const FileHits& hits, const CostRule& rule) {
  if (hits.file->size_bytes < rule.always_rewrite_bytes || hits.file->deletes.size() >= kMaxDeleteFiles) return true;
  if (hits.file->record_count < 0) return false;
  return (DeletedRows(hits) + hits.rows) * rule.rewrite_share >= static_cast<uint64_t>(hits.file->record_count);
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

bool AllBelow(const table::Snapshot& snapshot, const std::vector<table::DataFilePtr>& files, const KeyRange& range) {
  const auto index = snapshot.schema.IndexOf(range.column);
  if (!index) return false;
  return std::ranges::all_of(files, [&](const table::DataFilePtr& file) {
    const auto found = file->stats.find(snapshot.schema.fields[*index].id);
    return found != file->stats.end() && Comparable(found->second.upper, range.lower) &&
           table::Compare(found->second.upper, range.lower) < 0;
  });
}

FilePlan PlanRemovals(const table::Snapshot& snapshot, const std::vector<FileHits>& hits, RemovalMode mode,
                      const CostRule& rule) {
  FilePlan plan;
  std::set<const table::DataFile*> decided;
  const auto decide = [&](const table::DataFilePtr& file, std::vector<table::DataFilePtr>& files) {
    if (decided.insert(file.get()).second) files.push_back(file);
  };
  for (const auto& one : hits) {
    if (HasNoRowLeft(one)) decide(one.file, plan.drop);
  }
  if (mode == RemovalMode::kRewriteAll) {
    for (const auto& file : snapshot.files) decide(file, plan.rewrite);
    return plan;
  }
  for (const auto& file : FilesToAbsorb(snapshot)) decide(file, plan.rewrite);
  for (const auto& one : hits) {
    decide(one.file, mode == RemovalMode::kRewrite || IsRewritten(one, rule) ? plan.rewrite : plan.mark);
  }
  return plan;
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
