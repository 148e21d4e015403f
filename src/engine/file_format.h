// SPDX-License-Identifier: Apache-2.0
#pragma once
// Formats of plain files that the engine writes.

#include <cstdint>

namespace tarn::engine {

enum class FileFormat : uint8_t {
  kCsv,     ///< RFC 4180 with a header line, null = empty
  kNdjson,  ///< one JSON object a line; JSON columns nested
  kParquet  ///< zstd
};

}  // namespace tarn::engine
