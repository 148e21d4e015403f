// SPDX-License-Identifier: Apache-2.0
#pragma once
// Monitors and alerts read as they are kept (docs/formats/monitors.md). Free function.

#include "store/object_store.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckMonitors(store::ObjectStore& store, Clock& clock, CheckReport& report);

}  // namespace tarn::upkeep
