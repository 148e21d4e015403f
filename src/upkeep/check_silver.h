// SPDX-License-Identifier: Apache-2.0
#pragma once
// One silver table against bronze: position, side manifest, tombstones, files, keys, and the sum of its counters
// (durability.md §5.1–5.2, http-api.md §5 "Completeness").

#include <string>

#include "contract/contract.h"
#include "engine/query_engine.h"
#include "table/snapshot.h"
#include "upkeep/check_bronze.h"

namespace tarn::upkeep {

struct SilverCheck {
  store::ObjectStore& store;
  engine::QueryEngine& engine;
  std::string location;
  table::SnapshotPtr snapshot;  ///< taken before bronze was read, so that bronze can only be ahead
  uint64_t folder_generation = 1;
  const contract::Contract* contract = nullptr;  ///< nullptr: keys are not checked
  const BronzeFigures& bronze;
};

void CheckSilver(const SilverCheck& check, CheckReport& report);

}  // namespace tarn::upkeep
