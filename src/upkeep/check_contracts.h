// SPDX-License-Identifier: Apache-2.0
#pragma once
// Contracts of every generation of every endpoint: versions contiguous, readable and about what their key says
// (durability.md §4.3).

#include "base/time.h"
#include "store/object_store.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckContracts(store::ObjectStore& store, Clock& clock, CheckReport& report);

}  // namespace tarn::upkeep
