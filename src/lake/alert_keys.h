// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where monitors and alerts lie (docs/formats/monitors.md); the rest of lake/keys.h.

#include <string>
#include <string_view>

#include "store/series.h"

namespace tarn::lake {

/// _control/monitors/: below it, by name, definitions of monitors
inline constexpr std::string_view kMonitorsRoot = "_control/monitors/";
store::SeriesName MonitorSeries(std::string_view name);  ///< _control/monitors/{name}/{n}.json
/// _control/monitor_states/{name}.json: what was counted and found last; replaced
std::string MonitorStateKey(std::string_view name);

/// _control/alerts/: below it, by what they are about, changes of alerts
inline constexpr std::string_view kAlertsRoot = "_control/alerts/";
store::SeriesName AlertSeries(std::string_view about);  ///< _control/alerts/{about}/{n}.json

}  // namespace tarn::lake
