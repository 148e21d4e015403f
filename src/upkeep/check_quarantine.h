// SPDX-License-Identifier: Apache-2.0
#pragma once
// One object of refused records: whole, readable, as many entries as its reference says (durability.md §6).

#include "quarantine/entry.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckQuarantineObject(store::ObjectStore& store, const quarantine::EntryObject& object, CheckReport& report);

}  // namespace tarn::upkeep
