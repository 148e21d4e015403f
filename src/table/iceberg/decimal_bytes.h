// SPDX-License-Identifier: Apache-2.0
#pragma once
// Unscaled decimals as big-endian two's complement, the form of bounds and of partition values. Stateless.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "table/value.h"

namespace tarn::table::iceberg {

/// In as few bytes as hold the sign.
std::string DecimalBytes(Int128 unscaled);

/// In exactly `size` bytes; nothing when it does not fit.
std::optional<std::string> DecimalBytes(Int128 unscaled, size_t size);

/// Nothing when there are no bytes or more than 16.
std::optional<Int128> DecimalOfBytes(std::string_view bytes);

/// Bytes that every decimal of the precision fits in.
size_t DecimalBytesOfPrecision(uint8_t precision);

}  // namespace tarn::table::iceberg
