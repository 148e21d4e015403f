// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which objects of the metadata series go when snapshots leave (durability.md §8). Free function; thread-safe.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "table/format.h"
#include "table/iceberg/iceberg_state.h"

namespace tarn::table::iceberg {

/// Of each leaving snapshot the object that brought it and those behind it up to that of the next snapshot: names below
/// the table's location. A snapshot that stayed longer than those around it has long ranges, whose numbers went with
/// the others: of such a range only what is still there is named.
Result<std::vector<std::string>> SupersededMetadata(store::ObjectStore& store, const std::string& location,
                                                    const Snapshot& newest, const std::set<int64_t>& leaving);

}  // namespace tarn::table::iceberg
