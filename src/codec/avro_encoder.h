// SPDX-License-Identifier: Apache-2.0
#pragma once
// Appends values in Avro's binary encoding to a string it does not own. The caller keeps to its schema's order.
// Thread-compatible.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/byte_codec.h"

namespace tarn::codec {

class AvroEncoder {
 public:
  explicit AvroEncoder(std::string& out) : out_(out) {}

  void Boolean(bool value) { out_.push_back(value ? '\1' : '\0'); }
  /// int and long.
  void Long(int64_t value) {
    uint64_t bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    while (bits >= 0x80) {
      out_.push_back(static_cast<char>(bits | 0x80));
      bits >>= 7;
    }
    out_.push_back(static_cast<char>(bits));
  }
  void Float(float value) { ByteWriter(out_).U32(std::bit_cast<uint32_t>(value)); }
  void Double(double value) { ByteWriter(out_).U64(std::bit_cast<uint64_t>(value)); }
  /// bytes and string.
  void Bytes(std::string_view bytes) {
    Long(static_cast<int64_t>(bytes.size()));
    out_.append(bytes);
  }
  void Fixed(std::string_view bytes) { out_.append(bytes); }

  /// Index of the union's branch whose value follows.
  void Branch(int64_t index) { Long(index); }
  /// Branch of AvroOptional(); true: the value follows.
  bool Optional(bool present) {
    Branch(present ? 1 : 0);
    return present;
  }
  /// Items or pairs that follow; then End. None: End alone.
  void Items(size_t count) {
    if (count > 0) Long(static_cast<int64_t>(count));
  }
  void End() { Long(0); }

 private:
  std::string& out_;
};

}  // namespace tarn::codec
