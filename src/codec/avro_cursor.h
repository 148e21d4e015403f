// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads Avro's binary encoding value by value, without building anything for a record. Errors stick: after the first
// one every read gives zero or nothing and every loop over items ends, so that a caller checks once per record. The
// views it gives point into the data it was made of. Thread-compatible.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "codec/byte_codec.h"

namespace tarn::codec {

/// A field as its writer declared it: a type, or a union of null and that type.
struct AvroSlot {
  const AvroType* type = nullptr;  ///< nullptr: the type null
  int null_branch = -1;            ///< index of null in the union; -1 = no union
};

/// kUnsupported for unions of anything else. The slot points into `type`.
Result<AvroSlot> SlotOf(const AvroType& type);

class AvroCursor {
 public:
  AvroCursor() = default;
  explicit AvroCursor(std::string_view data) : data_(data) {}

  bool ok() const { return error_ == nullptr; }
  /// kCorrupt with the position when a read went wrong.
  Status status() const;
  size_t position() const { return position_; }
  size_t remaining() const { return data_.size() - position_; }

  int64_t Long() {
    if (position_ < data_.size()) {
      const auto byte = static_cast<uint8_t>(data_[position_]);
      if (byte < 0x80) {
        ++position_;
        return static_cast<int64_t>(byte >> 1) ^ -static_cast<int64_t>(byte & 1);
      }
    }
    return LongVarint();
  }
  int32_t Int() {
    const int64_t value = Long();
    if (value == static_cast<int32_t>(value)) return static_cast<int32_t>(value);
    SetError("an int is out of range");
    return 0;
  }
  bool Boolean() {
    const std::string_view byte = Fixed(1);
    if (byte.empty()) return false;
    if (static_cast<uint8_t>(byte[0]) > 1) SetError("a boolean is neither 0 nor 1");
    return byte[0] == 1;
  }
  float Float() { return std::bit_cast<float>(Number<uint32_t>()); }
  double Double() { return std::bit_cast<double>(Number<uint64_t>()); }
  /// bytes and string.
  std::string_view Bytes() {
    const int64_t size = Long();
    if (size < 0) SetError("a length is negative");
    return Fixed(static_cast<uint64_t>(size));
  }
  std::string_view Fixed(uint64_t size) {
    if (size > remaining()) {
      SetError("the data ends early");
      return {};
    }
    const auto bytes = data_.substr(position_, size);
    position_ += size;
    return bytes;
  }

  // By the writer's type, with the promotions of schema resolution.
  /// int and long; 0 and an error for others.
  int64_t Integer(const AvroType& type);
  /// float, double, int, long.
  double Real(const AvroType& type);
  /// bytes, string, fixed.
  std::string_view Binary(const AvroType& type);

  /// Reads the branch of an optional slot; false when the value is null or after an error.
  bool Present(const AvroSlot& slot);

  /// `for (int64_t left = 0; cursor.NextItem(left, *array.children[0]);)` reads one item in each round. Items that take
  /// no bytes are an error: their number would be unbounded.
  bool NextItem(int64_t& left, const AvroType& item);
  /// The same for maps; the body reads the key with Bytes first.
  bool NextPair(int64_t& left, const AvroType& value);

  void Skip(const AvroType& type);

  /// Ends reading with an error of the caller. `what` is static text.
  void SetError(const char* what);

 private:
  int64_t LongVarint();
  bool NextOf(int64_t& left, size_t least_bytes);
  void SkipBlocks(const AvroType& type);
  template <class Raw>
  Raw Number() {
    const std::string_view bytes = Fixed(sizeof(Raw));
    return bytes.empty() ? Raw{} : LoadLittleEndian<Raw>(bytes.data());
  }

  std::string_view data_;
  size_t position_ = 0;
  const char* error_ = nullptr;
  size_t error_position_ = 0;
};

}  // namespace tarn::codec
