// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a table a merge reads and folds in (lake.md §4.4). Pure functions over a snapshot's statistics.

#include <cstdint>
#include <string>
#include <vector>

#include "table/snapshot.h"
#include "table/value.h"

namespace tarn::silver {

/// Values of one column lie in [lower, upper]; both are NULL while there are none.
struct KeyRange {
  std::string column;
  table::Value lower;
  table::Value upper;
};
using KeyRanges = std::vector<KeyRange>;

/// Widens `range` by one value that is not NULL.
void Include(KeyRange& range, const table::Value& value);

/// Files whose statistics leave room for a key in `keys`.
std::vector<table::DataFilePtr> CandidateFiles(const table::Snapshot& snapshot, const KeyRanges& keys);

/// Small files that a commit which writes anyway folds in: as many as a tier holds, once it is full. Tiers grow by a
/// constant factor of rows, so each row is folded a bounded number of times, however many commits there are.
std::vector<table::DataFilePtr> FilesToAbsorb(const table::Snapshot& snapshot);

}  // namespace tarn::silver
