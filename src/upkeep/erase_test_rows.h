// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes failing rows that data tests kept out of their results, wherever they may be of the endpoint or of what was
// made of it (docs/adr/0024-erasure.md). All such rows go, not only those of the keys: which record one came from is
// not kept. Free function.

#include <set>
#include <string>

#include "upkeep/erase_steps.h"

namespace tarn::upkeep {

struct TestRowErasure {
  const ErasureDependencies& dependencies;
  const contract::Contract& contract;
  const std::set<std::string>& downstream;  ///< names of the jobs' tables, such as "sales.gold.daily"
};

/// Counts rows and names reports in the layer. kUnavailable: a run with tests does not end.
Status EraseTestRows(const TestRowErasure& erasure, ErasedLayer& layer);

}  // namespace tarn::upkeep
