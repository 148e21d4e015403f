// SPDX-License-Identifier: Apache-2.0
#pragma once
// Definitions of pipelines and the records of their runs, version by version (docs/formats/pipelines.md). Free
// function.

#include "store/object_store.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckPipelines(store::ObjectStore& store, Clock& clock, CheckReport& report);

}  // namespace tarn::upkeep
