// SPDX-License-Identifier: Apache-2.0
#include "upkeep/bronze_merge_plan.h"

#include <algorithm>

namespace tarn::upkeep {
namespace {

constexpr uint64_t kTierFactor = 8;

/// Entries with consecutive places [begin, end) of the stretch.
struct Run {
  size_t begin = 0;
  size_t end = 0;
};

class Planner {
 public:
  Planner(std::span<const bronze::NumberedEntry> stretch, const BronzeMergeRule& rule)
      : stretch_(stretch), rule_(rule) {
    for (const auto& entry : stretch_) tiers_.push_back(TierOf(*entry.entry));
  }

  std::vector<BronzeGroup> Plan() && {
    int highest = 0;
    for (const auto tier : tiers_) {
      if (tier != kDone) highest = std::max(highest, tier);
    }
    for (int tier = 0; tier <= highest; ++tier) {
      for (const auto& run : RunsUpTo(tier)) Cut(run);
    }
    return std::move(groups_);
  }

 private:
  static constexpr int kDone = INT32_MAX;  ///< large enough, or in a group already

  int TierOf(const bronze::LogEntry& entry) const {
    const auto bytes = ObjectBytes(entry);
    const bool many_runs = entry.replacement && entry.replacement->rows.size() >= rule_.most_runs;
    // A dropped file is its own object: nothing of it is written again.
    if (bytes >= rule_.object_bytes / 2 || many_runs || entry.file) return kDone;
    int tier = 0;
    for (auto bound = rule_.first_tier_bytes; bytes >= bound && bound > 0; bound *= kTierFactor) ++tier;
    return tier;
  }

  /// Neighbours of the tier that make it full, with the smaller entries between them.
  std::vector<Run> RunsUpTo(int tier) const {
    std::vector<Run> runs;
    for (size_t at = 0; at < tiers_.size();) {
      size_t end = at;
      size_t of_tier = 0;
      for (; end < tiers_.size() && tiers_[end] <= tier; ++end) of_tier += tiers_[end] == tier ? 1 : 0;
      if (of_tier >= rule_.entries_per_tier) runs.push_back({at, end});
      at = end + 1;
    }
    return runs;
  }

  /// Groups of about one object each; a rest of one entry stays.
  void Cut(const Run& run) {
    for (size_t at = run.begin; at < run.end;) {
      const auto begin = at;
      uint64_t bytes = 0;
      size_t runs = 0;
      while (at < run.end && at - begin < rule_.most_entries && bytes < rule_.object_bytes && runs < rule_.most_runs) {
        const auto& entry = *stretch_[at++].entry;
        bytes += ObjectBytes(entry);
        runs += entry.replacement ? entry.replacement->rows.size() : 1;
      }
      if (at - begin < 2) continue;
      const auto group = stretch_.subspan(begin, at - begin);
      groups_.emplace_back(group.begin(), group.end());
      std::fill(tiers_.begin() + static_cast<int64_t>(begin), tiers_.begin() + static_cast<int64_t>(at), kDone);
    }
  }

  const std::span<const bronze::NumberedEntry> stretch_;
  const BronzeMergeRule& rule_;
  std::vector<int> tiers_;
  std::vector<BronzeGroup> groups_;
};

}  // namespace

uint64_t ObjectBytes(const bronze::LogEntry& entry) {
  uint64_t bytes = 0;
  for (const auto& object : entry.objects) bytes += object.size_bytes;
  return bytes;
}

std::vector<BronzeGroup> PlanBronzeMerge(std::span<const bronze::NumberedEntry> stretch, const BronzeMergeRule& rule) {
  return Planner(stretch, rule).Plan();
}

}  // namespace tarn::upkeep
