// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include "base/assert.h"

namespace tarn {

uint64_t SystemRandomness::Next() {
  uint64_t value = 0;
  TARN_ASSERT(getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

std::string NewUuid(Randomness& randomness) {
  const uint64_t high = (randomness.Next() & ~0xF000ULL) | 0x4000ULL;
  const uint64_t low = (randomness.Next() & ~(3ULL << 62)) | (1ULL << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48,
                     low & 0xFFFF'FFFF'FFFFULL);
}

}  // namespace tarn
