// SPDX-License-Identifier: Apache-2.0
#pragma once
// Looking for bytes in a text eight at a time. Pure.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/byte_codec.h"

namespace tarn::codec {

// Of the bytes of a word, in memory order: each found one has its highest bit set, others may have it behind the first
// found one.
inline constexpr uint64_t kByteOnes = 0x0101010101010101;
inline constexpr uint64_t kByteHighBits = kByteOnes << 7;

constexpr uint64_t BytesAboveAscii(uint64_t word) { return word & kByteHighBits; }
constexpr uint64_t BytesEqualTo(uint64_t word, char c) {
  const uint64_t zeros = word ^ (kByteOnes * static_cast<unsigned char>(c));
  return (zeros - kByteOnes) & ~zeros & kByteHighBits;
}
constexpr uint64_t ControlBytes(uint64_t word) { return (word - kByteOnes * 0x20) & ~word & kByteHighBits; }
/// Bytes that do not stand for themselves in a JSON string, and those above ASCII.
constexpr uint64_t EscapedBytes(uint64_t word) {
  return BytesAboveAscii(word) | ControlBytes(word) | BytesEqualTo(word, '"') | BytesEqualTo(word, '\\');
}

/// Bytes before the first one that `find` finds, in whole words where it finds none: what is left is less than a word.
template <class Find>
size_t RunWithout(std::string_view text, const Find& find) {
  size_t run = 0;
  for (; run + sizeof(uint64_t) <= text.size(); run += sizeof(uint64_t)) {
    const auto word = LoadLittleEndian<uint64_t>(text.data() + run);
    if (const uint64_t found = find(word); found != 0) return run + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  return run;
}

}  // namespace tarn::codec
