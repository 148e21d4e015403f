// SPDX-License-Identifier: Apache-2.0
#pragma once
// Retention of bronze (lake.md §3.5, durability.md §4.3): entries that are older than the contract keeps them, and that
// silver has merged, get one entry that says they are gone. What they named stays for those who read it
// (sweep_bronze.h). A killed run leaves the log as it was or as it will be. Thread-compatible.

#include <cstdint>
#include <string>

#include "base/random.h"
#include "bronze/bronze.h"
#include "contract/registry.h"
#include "lake/open_tables.h"
#include "upkeep/endpoint_pass.h"

namespace tarn::upkeep {

struct RetireBronzeOutcome {
  uint64_t entries = 0;  ///< that were retired (dry run: would be)
  uint64_t rows = 0;
  bool at_rest = true;  ///< nothing that is there now will have to go later
};

class RetireBronze {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    bronze::Bronze& bronze;
    lake::OpenTables& tables;
    contract::Registry& registry;
    Clock& clock;
    Randomness& randomness;
  };

  explicit RetireBronze(Dependencies dependencies) : dependencies_(dependencies) {}

  /// That one run retires at most.
  static constexpr size_t kMaxEntries = 5'000;

  /// One run over one endpoint's log.
  Result<RetireBronzeOutcome> Run(const EndpointPass& request);

 private:
  const Dependencies dependencies_;
};

}  // namespace tarn::upkeep
