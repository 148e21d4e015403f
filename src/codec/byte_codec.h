// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fixed-width little-endian integers and length-prefixed bytes: the vocabulary of the log's frames (durability.md §3).
// ByteWriter appends to a string it does not own; ByteReader walks a view and never reads past its end.
// Thread-compatible.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::codec {

/// Stores `value` at `at` in little-endian order.
template <std::unsigned_integral Number>
void StoreLittleEndian(char* at, Number value) {
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  std::memcpy(at, &value, sizeof(value));
}

template <std::unsigned_integral Number>
Number LoadLittleEndian(const char* at) {
  Number value;
  std::memcpy(&value, at, sizeof(value));
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U16(uint16_t value) { Put(value); }
  void U32(uint32_t value) { Put(value); }
  void U64(uint64_t value) { Put(value); }
  void I64(int64_t value) { Put(static_cast<uint64_t>(value)); }
  void Bytes(std::string_view bytes) { out_.append(bytes); }
  /// A U32 length, then the bytes. They must be shorter than 4 GiB.
  void LengthPrefixed(std::string_view bytes) {
    U32(static_cast<uint32_t>(bytes.size()));
    Bytes(bytes);
  }

  /// Bytes in the whole target, to remember where something is that PatchU32 fills in later.
  size_t position() const { return out_.size(); }
  void PatchU32(size_t position, uint32_t value) { StoreLittleEndian(out_.data() + position, value); }

 private:
  template <class Number>
  void Put(Number value) {
    char bytes[sizeof(value)];
    StoreLittleEndian(bytes, value);
    out_.append(bytes, sizeof(value));
  }

  std::string& out_;
};

/// Every read gives nothing, and stays where it is, when fewer bytes are left than it needs.
class ByteReader {
 public:
  explicit ByteReader(std::string_view data) : data_(data) {}

  std::optional<uint8_t> U8() { return Get<uint8_t>(); }
  std::optional<uint16_t> U16() { return Get<uint16_t>(); }
  std::optional<uint32_t> U32() { return Get<uint32_t>(); }
  std::optional<uint64_t> U64() { return Get<uint64_t>(); }
  std::optional<int64_t> I64() {
    const auto value = Get<uint64_t>();
    return value ? std::optional(static_cast<int64_t>(*value)) : std::nullopt;
  }
  std::optional<std::string_view> Bytes(size_t size) {
    if (size > remaining()) return std::nullopt;
    const auto bytes = data_.substr(position_, size);
    position_ += size;
    return bytes;
  }
  std::optional<std::string_view> LengthPrefixed() {
    const size_t start = position_;
    const auto size = U32();
    if (!size) return std::nullopt;
    const auto bytes = Bytes(*size);
    if (!bytes) position_ = start;
    return bytes;
  }

  size_t position() const { return position_; }
  size_t remaining() const { return data_.size() - position_; }

 private:
  template <class Number>
  std::optional<Number> Get() {
    if (remaining() < sizeof(Number)) return std::nullopt;
    const auto value = LoadLittleEndian<Number>(data_.data() + position_);
    position_ += sizeof(Number);
    return value;
  }

  std::string_view data_;
  size_t position_ = 0;
};

}  // namespace tarn::codec
