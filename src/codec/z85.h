// SPDX-License-Identifier: Apache-2.0
#pragma once
// Z85 text (ZeroMQ RFC 32): four bytes as five printable characters. Delta writes the names and the inline bytes of
// deletion vectors so. Thread-safe.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

/// `bytes` are padded with zeros to a multiple of four; whoever reads them knows how many there were.
std::string Z85Encode(std::string_view bytes);

/// A multiple of four bytes. kInvalidArgument for a foreign character, a length that is no multiple of five, or a group
/// that names no 32-bit number.
Result<std::string> Z85Decode(std::string_view text);

}  // namespace tarn::codec
