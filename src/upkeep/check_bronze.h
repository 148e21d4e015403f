// SPDX-License-Identifier: Apache-2.0
#pragma once
// One endpoint's bronze log and everything it names: entries fold, checkpoints agree, objects are whole and hold the
// rows their entry says; quarantine objects likewise (durability.md §4.1, §6).

#include <map>
#include <string>
#include <vector>

#include "contract/registry.h"
#include "engine/parquet_files.h"
#include "store/object_store.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

/// What silver is compared with.
struct BronzeFigures {
  uint64_t head = 0;
  uint64_t purged_through = 0;
  uint64_t retired_through = 0;  ///< of rows up to this number only sums are known
  struct EntryRows {
    uint64_t number = 0;
    uint64_t folder_generation = 0;  ///< of the silver folder its rows belong to
    uint64_t rows = 0;
  };
  std::vector<EntryRows> entries;  ///< behind the last purge
};

struct BronzeCheck {
  store::ObjectStore& store;
  Clock& clock;
  contract::Registry& registry;
  std::string domain;
  std::string table;
  engine::ParquetFiles* parquet = nullptr;  ///< as bronze::FileSources has it
};

BronzeFigures CheckBronze(const BronzeCheck& check, CheckReport& report);

}  // namespace tarn::upkeep
