// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn.system.monitors`: every monitor with what it found last. Free function; thread-safe.

#include <memory>

#include "lake/value_rows.h"
#include "quality/monitor_watch.h"

namespace tarn::quality {

std::shared_ptr<lake::ValueRows> MonitorRows(const Monitors& monitors, const MonitorWatch& watch);

}  // namespace tarn::quality
