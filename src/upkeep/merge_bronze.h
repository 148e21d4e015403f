// SPDX-License-Identifier: Apache-2.0
#pragma once
// Merging of small bronze objects (durability.md §4.2, lake.md §3.5): adjacent entries that silver has merged get one
// entry that replaces them. Objects first, then the entry that decides; what a killed run leaves is an orphan. What was
// replaced stays for those who read it (sweep_bronze.h). Thread-compatible.

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze.h"
#include "contract/registry.h"
#include "lake/open_tables.h"
#include "upkeep/bronze_merge_plan.h"
#include "upkeep/merged_positions.h"
#include "upkeep/endpoint_pass.h"

namespace tarn::upkeep {

struct MergeBronzeOutcome {
  uint64_t entries_before = 0;  ///< that were replaced (dry run: would be)
  uint64_t entries_after = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t groups_lost = 0;  ///< merged for nothing, because a purge came first
};

class MergeBronze {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    bronze::Bronze& bronze;
    lake::OpenTables& tables;
    contract::Registry& registry;
    Randomness& randomness;
  };

  MergeBronze(Dependencies dependencies, BronzeMergeRule rule) : dependencies_(dependencies), rule_(rule) {}

  /// One run over one endpoint's log. A dry run only counts.
  Result<MergeBronzeOutcome> Run(const EndpointPass& request);

 private:
  Result<std::vector<BronzeGroup>> Plan(const EndpointPass& request);
  Status Merge(const EndpointPass& request, const BronzeGroup& group, MergeBronzeOutcome& outcome);

  const Dependencies dependencies_;
  const BronzeMergeRule rule_;
};

}  // namespace tarn::upkeep
