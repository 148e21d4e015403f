// SPDX-License-Identifier: Apache-2.0
#include "base/crash_point.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <string>

namespace tarn {
namespace {

constexpr int kCrashExitCode = 86;

struct ArmedPoint {
  std::mutex mutex;
  std::string name;
  int remaining = 0;
  std::atomic<bool> active{false};
};

ArmedPoint& Armed() {
  static ArmedPoint point;
  return point;
}

}  // namespace

void ArmCrashPoint(std::string_view spec) {
  auto& armed = Armed();
  const std::lock_guard lock(armed.mutex);
  const auto colon = spec.rfind(':');
  armed.name = std::string(spec.substr(0, colon));
  armed.remaining = 1;
  if (colon != std::string_view::npos) {
    const auto digits = spec.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), armed.remaining);
  }
  armed.active = !armed.name.empty();
}

void ReachCrashPoint(std::string_view name) {
  auto& armed = Armed();
  if (!armed.active) return;
  const std::lock_guard lock(armed.mutex);
  if (armed.name != name || --armed.remaining > 0) return;
  std::fprintf(stderr, "crash point %s reached\n", armed.name.c_str());
  _exit(kCrashExitCode);
}

}  // namespace tarn
