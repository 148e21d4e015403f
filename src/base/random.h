// SPDX-License-Identifier: Apache-2.0
#pragma once
// Randomness port: ids and jitter. Injected so that tests repeat a seed. Implementations are thread-safe.

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace tarn {

class Randomness {
 public:
  virtual ~Randomness() = default;
  virtual uint64_t Next() = 0;
};

/// The operating system's generator.
class SystemRandomness final : public Randomness {
 public:
  uint64_t Next() override;
};

/// Repeats itself for one seed; for tests and simulations.
class SeededRandomness final : public Randomness {
 public:
  explicit SeededRandomness(uint64_t seed) : engine_(seed) {}
  uint64_t Next() override {
    const std::lock_guard lock(mutex_);
    return engine_();
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// Random version-4 UUID in its 36-character text form (RFC 9562).
std::string NewUuid(Randomness& randomness);

}  // namespace tarn
