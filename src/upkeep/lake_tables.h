// SPDX-License-Identifier: Apache-2.0
#pragma once
// The open tables of a lake as its folders show them, old generations included, and its bronze logs. Free functions.

#include <cstdint>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace tarn::upkeep {

/// A silver folder's name taken apart: "orders" is generation 1, "orders.g2" generation 2; 0 for anything else.
struct SilverFolder {
  std::string table;
  uint64_t generation = 0;
};
SilverFolder ReadSilverFolder(const std::string& name);

struct LakeTable {
  std::string domain;
  std::string layer;  ///< "bronze", "silver" or "gold"
  std::string table;
  uint64_t generation = 1;  ///< of the folder
  std::string location;

  /// "sales.silver.orders", "sales.silver.orders.g2".
  std::string Name() const;
};

/// Every folder of silver and gold that may hold a table, side folders left out.
Result<std::vector<LakeTable>> ListTables(store::ObjectStore& store);

/// Every endpoint that may have a bronze log.
Result<std::vector<LakeTable>> ListBronze(store::ObjectStore& store);

/// The endpoint whose rows the silver table has.
LakeTable BronzeOf(const LakeTable& silver);

/// The table at a location that lake/keys.h spelled.
LakeTable TableAt(const std::string& location);

}  // namespace tarn::upkeep
