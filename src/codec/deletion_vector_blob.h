// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of one deletion vector. Delta and Iceberg agree on them: a magic number and a portable 64-bit Roaring
// bitmap; where a vector lies in a file it is framed by its length before and a CRC-32 behind, both big-endian (Delta
// protocol, "Deletion Vector Format"; Puffin spec, "deletion-vector-v1 blob type"). Thread-safe.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/bitmap64.h"

namespace tarn::codec {

/// What a frame adds to a vector's bytes.
inline constexpr size_t kDeletionVectorFrameBytes = 8;

/// Magic number and bitmap.
std::string EncodeDeletionVector(const Bitmap64& rows);

/// kCorrupt when malformed, kUnsupported for another magic number.
Result<Bitmap64> DecodeDeletionVector(std::string_view vector);

/// Length, vector, checksum.
std::string FrameDeletionVector(std::string_view vector);

/// The vector inside a frame that is exactly `frame`; kCorrupt when length or checksum is wrong. Points into `frame`.
Result<std::string_view> UnframeDeletionVector(std::string_view frame);

}  // namespace tarn::codec
