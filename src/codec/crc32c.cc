// SPDX-License-Identifier: Apache-2.0
#include "codec/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tarn::codec {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected
using ByteTable = std::array<uint32_t, 256>;

constexpr ByteTable MakeByteTable() {
  ByteTable table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    table[byte] = crc;
  }
  return table;
}

// Table k advances a byte by k further zero bytes, so that eight bytes are looked up independently.
constexpr std::array<ByteTable, 8> MakeSliceTables() {
  std::array<ByteTable, 8> tables{};
  tables[0] = MakeByteTable();
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 255];
    }
  }
  return tables;
}

constexpr std::array<ByteTable, 8> kSlices = MakeSliceTables();

uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

uint32_t PortableState(uint32_t state, const char* at, size_t size) {
  for (; size >= 8; size -= 8, at += 8) {
    const uint64_t word = LoadWord(at) ^ state;
    state = 0;
    for (size_t k = 0; k < 8; ++k) state ^= kSlices[7 - k][(word >> (8 * k)) & 255];
  }
  for (; size > 0; --size, ++at) state = (state >> 8) ^ kSlices[0][(state ^ static_cast<uint8_t>(*at)) & 255];
  return state;
}

#if defined(__x86_64__)

// The instruction has a latency of three cycles and a throughput of one: three streams of this length run side by side.
constexpr size_t kStreamBytes = 1024;

// Advances a state over kStreamBytes zero bytes; linear, so four byte-indexed tables do it.
struct ZeroAdvance {
  std::array<ByteTable, 4> tables{};

  ZeroAdvance() {
    const std::array<char, kStreamBytes> zeros{};
    std::array<uint32_t, 32> images{};
    for (size_t bit = 0; bit < 32; ++bit) images[bit] = PortableState(uint32_t{1} << bit, zeros.data(), zeros.size());
    for (size_t k = 0; k < 4; ++k) {
      for (size_t byte = 0; byte < 256; ++byte) {
        for (size_t bit = 0; bit < 8; ++bit) {
          if ((byte >> bit & 1) != 0) tables[k][byte] ^= images[8 * k + bit];
        }
      }
    }
  }

  uint32_t operator()(uint32_t state) const {
    return tables[0][state & 255] ^ tables[1][state >> 8 & 255] ^ tables[2][state >> 16 & 255] ^ tables[3][state >> 24];
  }
};

__attribute__((target("sse4.2"))) uint32_t HardwareState(uint32_t state, const char* at, size_t size) {
  if (size >= 3 * kStreamBytes) {
    static const ZeroAdvance advance;
    for (; size >= 3 * kStreamBytes; size -= 3 * kStreamBytes, at += 3 * kStreamBytes) {
      uint64_t first = state, second = 0, third = 0;
      for (size_t i = 0; i < kStreamBytes; i += 8) {
        first = _mm_crc32_u64(first, LoadWord(at + i));
        second = _mm_crc32_u64(second, LoadWord(at + kStreamBytes + i));
        third = _mm_crc32_u64(third, LoadWord(at + 2 * kStreamBytes + i));
      }
      state =
          advance(advance(static_cast<uint32_t>(first)) ^ static_cast<uint32_t>(second)) ^ static_cast<uint32_t>(third);
    }
  }
  uint64_t wide = state;
  for (; size >= 8; size -= 8, at += 8) wide = _mm_crc32_u64(wide, LoadWord(at));
  state = static_cast<uint32_t>(wide);
  for (; size > 0; --size, ++at) state = _mm_crc32_u8(state, static_cast<uint8_t>(*at));
  return state;
}

#endif

}  // namespace

uint32_t Crc32cPortable(uint32_t crc, std::string_view data) { return ~PortableState(~crc, data.data(), data.size()); }

uint32_t Crc32cExtend(uint32_t crc, std::string_view data) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~HardwareState(~crc, data.data(), data.size());
#endif
  return Crc32cPortable(crc, data);
}

}  // namespace tarn::codec
