// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes records of keys out of an endpoint's bronze: entry by entry, each by one replacing entry (durability.md §4.2,
// §6). Nothing is deleted here: what is replaced is named as `gone`. A killed run leaves entries with and without the
// records, the next does the rest. Thread-compatible.

#include <cstdint>
#include <string>

#include "base/random.h"
#include "bronze/bronze.h"
#include "contract/registry.h"
#include "lake/open_tables.h"
#include "upkeep/erasure_search.h"

namespace tarn::upkeep {

struct EraseBronzeOutcome {
  uint64_t records = 0;            ///< lines that are gone (dry run: would be)
  uint64_t refused = 0;            ///< entries of quarantine objects that are gone
  uint64_t rewritten = 0;          ///< objects of lines that have others in their place, or none …
  uint64_t rewritten_refused = 0;  ///< … and of refused records
};

class EraseBronze {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    bronze::Bronze& bronze;
    lake::OpenTables& tables;
    contract::Registry& registry;
    Randomness& randomness;
  };

  explicit EraseBronze(Dependencies dependencies) : dependencies_(dependencies) {}

  /// kUnavailable: silver has still to merge an entry, a dropped file is being taken, or somebody was faster.
  Result<EraseBronzeOutcome> Run(const std::string& domain, const std::string& table, const FoundRecords& found);

 private:
  Result<bool> IsAffected(const bronze::NumberedEntry& entry, const FoundRecords& found);

  const Dependencies dependencies_;
};

/// Live entries whose rows belong to the endpoint's present table; `others` counts the rows of the rest.
Result<std::vector<bronze::NumberedEntry>> EntriesOfFolder(bronze::Bronze& bronze, const contract::Registry& registry,
                                                           const contract::Contract& contract, uint64_t& others);

}  // namespace tarn::upkeep
