// SPDX-License-Identifier: Apache-2.0
#pragma once
// Key filters of a silver table against its rows: a filter that denies a key of its file is damage, because a merge
// would leave the old row where it is (docs/formats/key-filter.md).

#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "store/object_store.h"
#include "table/snapshot.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

struct KeyFilterCheck {
  store::ObjectStore& store;
  engine::QueryEngine& engine;
  std::string location;
  table::SnapshotPtr snapshot;
  std::vector<std::string> key;  ///< columns; empty: nothing is checked
};

void CheckKeyFilters(const KeyFilterCheck& check, CheckReport& report);

}  // namespace tarn::upkeep
