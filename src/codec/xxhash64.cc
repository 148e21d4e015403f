// SPDX-License-Identifier: Apache-2.0
#include "codec/xxhash64.h"

#include <array>
#include <bit>

#include "codec/byte_codec.h"

namespace tarn::codec {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9ULL;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;
constexpr size_t kStripeBytes = 32;

uint64_t Round(uint64_t lane, uint64_t word) { return std::rotl(lane + word * kPrime2, 31) * kPrime1; }

/// Takes whole stripes off `data`.
uint64_t HashStripes(std::string_view& data, uint64_t seed) {
  std::array<uint64_t, 4> lanes{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
  for (; data.size() >= kStripeBytes; data.remove_prefix(kStripeBytes)) {
    for (size_t i = 0; i < lanes.size(); ++i) {
      lanes[i] = Round(lanes[i], LoadLittleEndian<uint64_t>(data.data() + i * sizeof(uint64_t)));
    }
  }
  uint64_t hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
  for (const auto lane : lanes) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
  return hash;
}

}  // namespace

uint64_t XxHash64(std::string_view data, uint64_t seed) {
  const uint64_t size = data.size();
  uint64_t hash = size >= kStripeBytes ? HashStripes(data, seed) : seed + kPrime5;
  hash += size;
  for (; data.size() >= sizeof(uint64_t); data.remove_prefix(sizeof(uint64_t))) {
    hash = std::rotl(hash ^ Round(0, LoadLittleEndian<uint64_t>(data.data())), 27) * kPrime1 + kPrime4;
  }
  if (data.size() >= sizeof(uint32_t)) {
    hash = std::rotl(hash ^ LoadLittleEndian<uint32_t>(data.data()) * kPrime1, 23) * kPrime2 + kPrime3;
    data.remove_prefix(sizeof(uint32_t));
  }
  for (const char byte : data) hash = std::rotl(hash ^ static_cast<uint8_t>(byte) * kPrime5, 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace tarn::codec
