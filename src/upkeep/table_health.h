// SPDX-License-Identifier: Apache-2.0
#pragma once
// How fit the open tables of a lake are: what compaction and expiry would look at, as figures. Free functions.

#include <cstdint>
#include <string>
#include <vector>

#include "lake/open_tables.h"
#include "upkeep/lake_tables.h"

namespace tarn::upkeep {

struct TableHealth {
  LakeTable table;
  int64_t version = -1;
  Timestamp committed_at;
  int64_t rows = -1;  ///< live ones; -1 = unknown
  int64_t stored_rows = -1;
  int64_t size_bytes = 0;
  uint64_t files = 0;
  uint64_t small_files = 0;  ///< of less than half the size compaction aims at
  uint64_t delete_files = 0;
  uint64_t log_versions = 0;  ///< versions whose log entry is still there; 0 where the format does not tell
  std::string mirror;         ///< format of the mirror; empty = none
  int64_t mirror_lag = 0;     ///< versions of the table that its mirror does not show yet; -1 = unknown
  std::string mirror_error;   ///< why it stays behind, as this process last found; empty = it does not
};

/// Tables that exist, ordered by location. A table that cannot be loaded fails the call, a
/// mirror only has its error told.
Result<std::vector<TableHealth>> LoadTableHealth(store::ObjectStore& store, lake::OpenTables& tables);

}  // namespace tarn::upkeep
