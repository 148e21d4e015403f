// SPDX-License-Identifier: Apache-2.0
#pragma once
// A numbered series, read version by version: gaps and unreadable bodies are findings (durability.md §1).

#include <functional>
#include <string_view>

#include "store/series.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

/// Gets each version in order; its error becomes a finding at the version's key.
using VersionVisit = std::function<Status(uint64_t number, std::string_view body)>;

/// Versions must be contiguous from the series' first number. Returns the highest, 0 when there is none.
uint64_t CheckSeries(store::ObjectStore& store, Clock& clock, const store::SeriesName& name, const VersionVisit& visit,
                     CheckReport& report);

}  // namespace tarn::upkeep
