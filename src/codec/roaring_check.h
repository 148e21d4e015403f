// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checks the portable serialization of one 32-bit Roaring bitmap (RoaringFormatSpec) before the library reads it: the
// library bounds its reads but believes what containers say about themselves. Thread-safe.

#include <cstddef>
#include <optional>
#include <string_view>

namespace tarn::codec {

/// Bytes of the serialization that `bytes` starts with; nothing when it is cut short or contradicts itself.
std::optional<size_t> CheckRoaring32(std::string_view bytes);

}  // namespace tarn::codec
