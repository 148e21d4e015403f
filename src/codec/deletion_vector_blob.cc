// SPDX-License-Identifier: Apache-2.0
#include "codec/deletion_vector_blob.h"

#include <zlib.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "codec/byte_codec.h"

namespace tarn::codec {
namespace {

constexpr uint32_t kMagic = 0x64'39'D3'D1;  // little-endian: D1 D3 39 64
constexpr size_t kMagicBytes = 4;
constexpr size_t kLengthBytes = 4;
constexpr size_t kChecksumBytes = 4;
static_assert(kLengthBytes + kChecksumBytes == kDeletionVectorFrameBytes);

uint32_t Checksum(std::string_view vector) {
  return static_cast<uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(vector.data()), vector.size()));
}

uint32_t LoadBigEndian(const char* at) { return std::byteswap(LoadLittleEndian<uint32_t>(at)); }

void AppendBigEndian(std::string& out, uint32_t value) { ByteWriter(out).U32(std::byteswap(value)); }

}  // namespace

std::string EncodeDeletionVector(const Bitmap64& rows) {
  std::string vector;
  ByteWriter writer(vector);
  writer.U32(kMagic);
  writer.Bytes(rows.Encode());
  return vector;
}

Result<Bitmap64> DecodeDeletionVector(std::string_view vector) {
  if (vector.size() < kMagicBytes) return Fail(ErrorCode::kCorrupt, "a deletion vector is cut short");
  const auto magic = LoadLittleEndian<uint32_t>(vector.data());
  if (magic != kMagic) {
    return Fail(ErrorCode::kUnsupported, "deletion vector of an unknown format, magic number " + std::to_string(magic));
  }
  return Bitmap64::Decode(vector.substr(kMagicBytes));
}

std::string FrameDeletionVector(std::string_view vector) {
  std::string frame;
  frame.reserve(vector.size() + kDeletionVectorFrameBytes);
  AppendBigEndian(frame, static_cast<uint32_t>(vector.size()));
  frame.append(vector);
  AppendBigEndian(frame, Checksum(vector));
  return frame;
}

Result<std::string_view> UnframeDeletionVector(std::string_view frame) {
  if (frame.size() < kDeletionVectorFrameBytes) return Fail(ErrorCode::kCorrupt, "a deletion vector is cut short");
  const std::string_view vector = frame.substr(kLengthBytes, frame.size() - kDeletionVectorFrameBytes);
  if (LoadBigEndian(frame.data()) != vector.size()) {
    return Fail(ErrorCode::kCorrupt, "a deletion vector's length disagrees with its reference");
  }
  if (LoadBigEndian(frame.data() + kLengthBytes + vector.size()) != Checksum(vector)) {
    return Fail(ErrorCode::kCorrupt, "a deletion vector's checksum is wrong");
  }
  return vector;
}

}  // namespace tarn::codec
