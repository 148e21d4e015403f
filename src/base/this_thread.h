// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a thread says of itself to the operating system: a name for `ps -L` and profilers, and how far it gives way to
// others. Threads that answer requests stay at 0; work that may wait goes behind them. Stateless.

#include <string_view>

namespace tarn {

/// How far landing steps back: ingest is refused when it falls too far behind, so only half way (sched(7)).
inline constexpr int kLandingNiceness = 5;
/// How far merging, jobs and upkeep step back: what is not merged yet is reported, never refused.
inline constexpr int kBackgroundNiceness = 10;

/// Names the calling thread; the system keeps the first 15 bytes.
void NameThisThread(std::string_view name);

/// Raises the calling thread's nice value by `niceness` (> 0; 0 does nothing) and schedules it as a batch: it no longer
/// interrupts a running thread when it wakes. Threads it starts inherit both. Best effort.
void StepBack(int niceness);

}  // namespace tarn
