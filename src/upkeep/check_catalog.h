// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables that others made: what the catalog names must have metadata that read (docs/formats/catalog.md). Their
// manifests and data files are their makers'.

#include "base/time.h"
#include "store/object_store.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckCatalog(store::ObjectStore& store, Clock& clock, CheckReport& report);

}  // namespace tarn::upkeep
