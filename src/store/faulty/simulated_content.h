// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes of one simulated file: what the process sees, and what the medium is known to hold. A crash decides each
// unsynced 512-byte sector by itself. Thread-compatible; owned by SimulatedDisk, which locks.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "store/faulty/byte_ranges.h"

namespace tarn::store {

class SimulatedContent {
 public:
  void Write(uint64_t offset, std::string_view data);

  /// Reads as zeros at once, and as zeros, never garbage, wherever a crash loses what is written over it.
  void Preallocate(uint64_t size_bytes);

  void Truncate(uint64_t size_bytes);

  void Sync();

  /// What the failed sync covered looks clean from now on: no later sync makes it durable, unless it is written again.
  void FailSync();

  /// Forgets at random what was not synced.
  void Crash(Randomness& randomness);

  std::string_view bytes() const { return visible_; }

 private:
  void Grow(uint64_t size_bytes);
  std::string AfterCrash(uint64_t size_bytes, Randomness& randomness) const;

  std::string visible_;
  std::string durable_;
  ByteRanges unsynced_;
  ByteRanges doomed_;
  uint64_t zero_backed_bytes_ = 0;
};

}  // namespace tarn::store
