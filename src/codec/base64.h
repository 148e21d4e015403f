// SPDX-License-Identifier: Apache-2.0
#pragma once
// Base64 text of RFC 4648: the standard alphabet (§4, padded) and the URL-safe one (§5, unpadded; signed links and
// cursors of http-api.md). Thread-safe.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

std::string Base64Encode(std::string_view bytes);
std::string Base64UrlEncode(std::string_view bytes);

/// kInvalidArgument for a foreign character, wrong length or padding, or left-over bits that are not zero.
Result<std::string> Base64Decode(std::string_view text);
/// Reads the unpadded form; padding is accepted.
Result<std::string> Base64UrlDecode(std::string_view text);

}  // namespace tarn::codec
