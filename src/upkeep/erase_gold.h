// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes records of keys out of what jobs made of them: tables that are overwritten are made again from what was erased
// before, others lose the rows of the keys where they have the key's columns. Free function.

#include <set>
#include <string>
#include <vector>

#include "upkeep/erase_steps.h"

namespace tarn::upkeep {

struct GoldErasure {
  const ErasureDependencies& dependencies;
  const contract::Contract& contract;
  const ErasureKeys& keys;
  bool dry_run = false;
};

struct EraseGoldOutcome {
  struct Table {
    std::string name;  ///< "sales.gold.daily"
    std::string location;
    uint64_t rows = 0;
    uint64_t rewritten = 0;
  };
  std::vector<Table> tables;           ///< that were made again or looked through
  std::set<std::string> downstream{};  ///< names of the tables and views of all jobs that were reached
  std::vector<std::string> staged{};   ///< keys of results that were kept because their tests failed, and are gone
  std::vector<NotExamined> not_examined;
};

/// Jobs that read the endpoint, directly or through others, each after those it reads.
Result<EraseGoldOutcome> EraseFromGold(const GoldErasure& erasure);

}  // namespace tarn::upkeep
