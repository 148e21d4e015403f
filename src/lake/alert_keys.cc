// SPDX-License-Identifier: Apache-2.0
#include "lake/alert_keys.h"

#include <fmt/format.h>

namespace tarn::lake {

store::SeriesName MonitorSeries(std::string_view name) {
  return {.prefix = fmt::format("{}{}/", kMonitorsRoot, name), .suffix = ".json"};
}

std::string MonitorStateKey(std::string_view name) { return fmt::format("_control/monitor_states/{}.json", name); }

store::SeriesName AlertSeries(std::string_view about) {
  return {.prefix = fmt::format("{}{}/", kAlertsRoot, about), .suffix = ".json"};
}

}  // namespace tarn::lake
