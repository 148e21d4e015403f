// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a table a compaction rewrites (lake.md §7). Small files are merged by tiers of size, each tier eight
// times the one below, so that a row is rewritten as often as there are tiers, however many commits there are; files
// with many deleted rows are rewritten whatever their size. Pure functions over a snapshot.

#include <cstdint>
#include <vector>

#include "table/snapshot.h"

namespace tarn::upkeep {

struct CompactionRule {
  int64_t target_file_bytes = 128LL << 20;  ///< files of half of it are left alone
  int64_t first_tier_bytes = 64LL << 10;    ///< files below are in the first tier
  size_t files_per_tier = 8;                ///< so many make a tier full
  size_t delete_files_per_file = 8;         ///< so many on one data file are too many
  double deleted_share = 0.3;               ///< of a file's rows
  int64_t bytes_per_run = 512LL << 20;      ///< read by one run at most, but one group at least
};

/// Files that become new ones together.
using CompactionGroup = std::vector<table::DataFilePtr>;

/// Groups in the order they should be done; no file is in two. Files with partition values are left alone.
std::vector<CompactionGroup> PlanCompaction(const table::Snapshot& snapshot, const CompactionRule& rule);

}  // namespace tarn::upkeep
