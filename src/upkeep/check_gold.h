// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gold tables with the runs that published them: run records contiguous and readable, files whole, the published run
// among the records (durability.md §7.1).

#include "engine/query_engine.h"
#include "lake/open_tables.h"
#include "store/object_store.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

struct GoldCheck {
  store::ObjectStore& store;
  Clock& clock;
  engine::QueryEngine& engine;
  lake::OpenTables& tables;
};

/// Every job's definitions, runs and table.
void CheckGold(const GoldCheck& check, CheckReport& report);

}  // namespace tarn::upkeep
