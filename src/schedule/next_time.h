// SPDX-License-Identifier: Apache-2.0
#pragma once
// When a schedule fires (http-api.md §8.1), all in UTC: no hour is skipped or repeated. Pure.

#include <optional>

#include "base/time.h"
#include "schedule/schedule_text.h"

namespace tarn::schedule {

/// The first time behind `after`; nullopt when there is none up to the year 2199.
std::optional<Timestamp> NextTime(const Schedule& schedule, Timestamp after);

}  // namespace tarn::schedule
