// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which adjacent entries of a bronze log are merged into one (lake.md §3.5): by tiers of size like compaction, each
// tier eight times the one below, so that a line is rewritten as often as there are tiers. Pure functions.

#include <cstdint>
#include <span>
#include <vector>

#include "bronze/bronze_log.h"

namespace tarn::upkeep {

struct BronzeMergeRule {
  uint64_t object_bytes = 4ULL << 20;       ///< compressed, as a merge takes; entries of half of it are left alone
  uint64_t first_tier_bytes = 16ULL << 10;  ///< entries below are in the first tier
  size_t entries_per_tier = 8;              ///< so many make a tier full
  size_t most_entries = 1'000;              ///< that one entry replaces
  size_t most_runs = 10'000;                ///< of row numbers in one entry; with more it is left alone
  uint64_t bytes_per_run = 64ULL << 20;     ///< read by one run at most, but one group at least
};

/// Adjacent entries that become one.
using BronzeGroup = std::vector<bronze::NumberedEntry>;

/// Groups of a stretch of adjacent entries that may be merged; no entry is in two.
std::vector<BronzeGroup> PlanBronzeMerge(std::span<const bronze::NumberedEntry> stretch, const BronzeMergeRule& rule);

/// Compressed size of an entry's objects.
uint64_t ObjectBytes(const bronze::LogEntry& entry);

}  // namespace tarn::upkeep
