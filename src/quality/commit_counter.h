// SPDX-License-Identifier: Apache-2.0
#pragma once
// Counts what commits wrote into a monitor's intervals, from their statistics alone: no data is read
// (docs/guide/monitors.md). Free function; thread-safe.

#include "quality/monitor.h"
#include "quality/monitor_state.h"
#include "table/table.h"

namespace tarn::quality {

/// Takes the versions behind MonitorState::through into the state. What happened before the first look is not counted;
/// where versions went before they were, or do not say what they wrote, the interval is not whole.
Status CountCommits(table::Table& table, const Monitor& monitor, Timestamp now, MonitorState& state);

/// A commit may become visible so much later than the time it names.
inline constexpr std::chrono::seconds kCommitGrace{2};

/// The beginning of the last interval that has ended, late commits included.
Timestamp LastInterval(const Monitor& monitor, Timestamp now);
/// The beginning of the interval that the time is in.
Timestamp IntervalOf(const Monitor& monitor, Timestamp at);
/// The time one interval later.
Timestamp Later(const Monitor& monitor, Timestamp at, int64_t intervals);

}  // namespace tarn::quality
