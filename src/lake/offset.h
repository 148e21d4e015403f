// SPDX-License-Identifier: Apache-2.0
#pragma once
// Positions of records (durability.md §2.2). Plain values.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::lake {

/// (incarnation, sequence): compared in that order; sequence + 1 per record; kept for ever.
struct Offset {
  uint64_t incarnation = 0;
  uint64_t sequence = 0;

  auto operator<=>(const Offset&) const = default;
  /// "7-1234": the `_offset` and `receipt` text.
  std::string ToString() const { return std::to_string(incarnation) + "-" + std::to_string(sequence); }
};

/// Reads Offset::ToString; kInvalidArgument otherwise.
Result<Offset> ParseOffset(std::string_view text);

}  // namespace tarn::lake
