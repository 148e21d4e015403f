// SPDX-License-Identifier: Apache-2.0
#pragma once
// The history of an open table, newest version first, for people (lake.md §5.4). Free function; thread-safe.

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "table/table.h"

namespace tarn::lake {

/// The last `limit` versions that are left, newest first. Reads an object or two for each.
Result<std::vector<table::VersionChange>> ReadHistory(table::Table& table, size_t limit);

}  // namespace tarn::lake
