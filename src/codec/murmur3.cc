// SPDX-License-Identifier: Apache-2.0
#include "codec/murmur3.h"

#include <bit>

#include "codec/byte_codec.h"

namespace tarn::codec {
namespace {

uint32_t Scramble(uint32_t word) { return std::rotl(word * 0xcc9e2d51U, 15) * 0x1b873593U; }

}  // namespace

uint32_t Murmur3(std::string_view data, uint32_t seed) {
  uint32_t hash = seed;
  const size_t whole = data.size() / 4 * 4;
  for (size_t i = 0; i < whole; i += 4) {
    hash = std::rotl(hash ^ Scramble(LoadLittleEndian<uint32_t>(data.data() + i)), 13) * 5 + 0xe6546b64U;
  }
  uint32_t tail = 0;
  for (size_t i = data.size(); i > whole; --i) tail = (tail << 8) | static_cast<uint8_t>(data[i - 1]);
  if (whole != data.size()) hash ^= Scramble(tail);
  hash ^= static_cast<uint32_t>(data.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
  return hash ^ (hash >> 16);
}

}  // namespace tarn::codec
