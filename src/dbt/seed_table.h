// SPDX-License-Identifier: Apache-2.0
#pragma once
// A seed's CSV as a SELECT of its typed rows. Pure functions; thread-safe (lake.md §6.7).

#include <string>
#include <string_view>

#include "dbt/node.h"

namespace tarn::dbt {

/// Bytes of the largest seed: seeds are small tables that are kept with the code.
inline constexpr size_t kMaxSeedBytes = 8U << 20;

/// Column types are found from the values: bigint, double, date, timestamp, boolean, else varchar; nothing and null
/// are NULL. The seed's settings column_types and delimiter win. kInvalidArgument, with file and line, for a row that
/// does not have the columns of the first one.
Result<std::string> SeedSelect(const Node& seed, std::string_view csv);

}  // namespace tarn::dbt
