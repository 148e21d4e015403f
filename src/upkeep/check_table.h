// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of a table's newest snapshot: there, of the size the log says, with as many rows (lake.md §7).

#include <map>
#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "store/object_store.h"
#include "table/snapshot.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

struct TableCheck {
  store::ObjectStore& store;
  engine::QueryEngine& engine;
  std::string location;
  table::SnapshotPtr snapshot;
  std::vector<std::string> key;  ///< columns that no two rows may share; empty = none
};

void CheckTable(const TableCheck& check, CheckReport& report);

/// Live rows of each file of a snapshot, counted by reading them, by the file's name as the engine spells it. Files
/// without any are left out.
Result<std::map<std::string, int64_t>> CountRowsByFile(engine::QueryEngine& engine, const std::string& location,
                                                       const table::SnapshotPtr& snapshot);

/// Objects that should hold exactly `size_bytes`; returns whether it does.
bool CheckObjectSize(store::ObjectStore& store, const std::string& key, int64_t size_bytes, CheckReport& report);

}  // namespace tarn::upkeep
