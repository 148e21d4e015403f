// SPDX-License-Identifier: Apache-2.0
#pragma once
// DEFLATE without a wrapper (RFC 1951), as blocks of Avro files hold it. The output never grows past the limit it was
// given. Thread-safe.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

Result<std::string> RawDeflate(std::string_view data, int level = 6);

/// kInvalidArgument when damaged, cut short or followed by more than the four bytes of a checksum, parts of which some
/// writers leave there; kResourceExhausted when the result would exceed `limit_bytes`.
Result<std::string> RawInflate(std::string_view data, size_t limit_bytes);

}  // namespace tarn::codec
