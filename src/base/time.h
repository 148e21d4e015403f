// SPDX-License-Identifier: Apache-2.0
#pragma once
// Instants, durations and the clock port. An instant is UTC with microsecond resolution, as http-api.md §1 shows it.

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn {

/// Microseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  int64_t micros = 0;
  auto operator<=>(const Timestamp&) const = default;
};

/// RFC 3339 UTC: "2026-01-01T00:00:00.123456Z"; the fraction is left out when zero.
std::string FormatTimestamp(Timestamp at);

/// Reads what FormatTimestamp writes, also with an offset instead of Z. kInvalidArgument otherwise.
Result<Timestamp> ParseTimestamp(std::string_view text);

/// "500ms", "10s", "15m", "24h", "90d". kInvalidArgument for anything else, negative or above 100 years.
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// Shortest form that ParseDuration reads back, e.g. "90d".
std::string FormatDuration(std::chrono::milliseconds duration);

/// Source of time; injected so that tests own it. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() = 0;                                 ///< wall clock, may jump
  virtual std::chrono::steady_clock::time_point Steady() = 0;  ///< monotonic
};

class SystemClock final : public Clock {
 public:
  Timestamp Now() override;
  std::chrono::steady_clock::time_point Steady() override;
};

/// Stands still until told; for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp Now() override { return now_; }
  std::chrono::steady_clock::time_point Steady() override { return steady_; }
  void Advance(std::chrono::microseconds step) {
    now_.micros += step.count();
    steady_ += step;
  }

 private:
  Timestamp now_;
  std::chrono::steady_clock::time_point steady_{};
};

}  // namespace tarn
