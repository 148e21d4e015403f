// SPDX-License-Identifier: Apache-2.0
#pragma once
// Refused records: each object whole, readable, as many entries as its reference says; what was done with them readable
// as well (durability.md §6).

#include <string>

#include "quarantine/state_log.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckQuarantineObject(store::ObjectStore& store, const quarantine::EntryObject& object, CheckReport& report);

/// The quarantine log of one endpoint and the objects it names.
void CheckReviews(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table,
                  CheckReport& report);

}  // namespace tarn::upkeep
