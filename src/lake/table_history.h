// SPDX-License-Identifier: Apache-2.0
#pragma once
// The history of an open table, newest version first, for people (lake.md §5.4), and what its commits did. Free
// functions; thread-safe.

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "table/table.h"

namespace tarn::lake {

/// The last `limit` versions that are left, newest first. Reads an object or two for each.
Result<std::vector<table::VersionChange>> ReadHistory(table::Table& table, size_t limit);

/// Whether the commit left every row as it was: compaction and what goes with it.
bool KeepsRows(const table::VersionChange& change);

}  // namespace tarn::lake
