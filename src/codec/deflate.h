// SPDX-License-Identifier: Apache-2.0
#pragma once
// One deflate stream in one call, whatever its wrapper. Internal to codec: others take compression.h or raw_deflate.h.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

/// As zlib's deflateInit2 takes them: the sign and the 16 of the window bits choose the wrapper.
struct DeflateShape {
  int level = 6;
  int window_bits = 15;
  int memory_level = 8;
};

/// kResourceExhausted for more than half of 4 GiB, or when there is no memory.
Result<std::string> Deflate(std::string_view data, DeflateShape shape);

}  // namespace tarn::codec
