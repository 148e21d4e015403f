// SPDX-License-Identifier: Apache-2.0
#pragma once
// Named places where a test may end the process or fail an operation (performance-and-reliability.md, R1).
// Compiled out unless TARN_CRASH_POINTS is defined (Debug presets).

#include <string_view>

namespace tarn {

/// Ends the process at once (as kill -9 would) when the armed point is reached for the armed time.
void ReachCrashPoint(std::string_view name);

/// Arms `spec`: "name" or "name:count" (the count-th pass dies). Empty disarms. Called once at start by app, or by
/// tests.
void ArmCrashPoint(std::string_view spec);

}  // namespace tarn

#ifdef TARN_CRASH_POINTS
#define TARN_CRASH_POINT(name) ::tarn::ReachCrashPoint(name)
#else
#define TARN_CRASH_POINT(name) static_cast<void>(0)
#endif
