// SPDX-License-Identifier: Apache-2.0
#pragma once
// One cut of the node's log for one endpoint: frames into a bronze object, a quarantine object and the log entry that
// will name them (lake.md §3.1–3.2, durability.md §4.1, §6). Builds in memory; landing.cc puts. Thread-compatible.

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/log_entry.h"
#include "bronze/tail_units.h"
#include "contract/registry.h"

namespace tarn::bronze {

/// auto_inference: columns (index into Contract::columns) that values outgrew, with their wider types.
using WiderColumns = std::vector<std::pair<size_t, table::DataType>>;

struct Cut {
  struct Object {
    std::string key;
    std::string body;
  };
  std::vector<Object> objects;  ///< content to put before the entry
  LogEntry entry;               ///< complete but for id, incarnation, written_at
  size_t frames = 0;            ///< how many frames of the pin it covers
  uint64_t valid_rows = 0;
  WiderColumns widened;
};

struct CutRequest {
  const contract::Registry& registry;
  Randomness& randomness;
  std::string domain;
  std::string table;
  std::string source;                 ///< "node:{id}"
  std::optional<lake::Offset> after;  ///< last offset of the source in the log
};

/// Cuts frames [begin, …) of the pin up to a change of generation. At least one frame must be there.
Result<Cut> BuildCut(const CutRequest& request, const TailPinPtr& pin, size_t begin);

}  // namespace tarn::bronze
