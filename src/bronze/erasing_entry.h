// SPDX-License-Identifier: Apache-2.0
#pragma once
// The entry that takes records out of one entry of a bronze log: the lines that stay go into a new object and keep the
// numbers they came with, the others are counted (durability.md §4.2, §6; docs/formats/bronze-log.md). A stretch of a
// dropped file becomes lines. Objects are put, the entry is the caller's to append. Free function.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze_log.h"
#include "bronze/record_feed.h"

namespace tarn::bronze {

struct ErasingRequest {
  store::ObjectStore& store;
  Randomness& randomness;
  const std::string& domain;
  const std::string& table;
  const NumberedEntry& entry;               ///< whole; silver has merged it
  const std::vector<RecordUnit>& units;     ///< its records, in order
  const std::set<lake::Offset>& records;    ///< to be left out …
  const std::set<std::string>& refused;     ///< … and ids of refused records to be left out
  const std::set<std::string>& still_used;  ///< keys of its objects that other entries name as well
  bool keeps_lines = false;                 ///< none is left out, and a stretch of a dropped file stays one
};

struct ErasingEntry {
  LogEntry entry;                  ///< complete but for id, incarnation and written_at
  uint64_t records = 0;            ///< left out
  uint64_t refused = 0;            ///< entries of its quarantine objects left out
  uint64_t rewritten = 0;          ///< objects of lines that have others in their place, or none …
  uint64_t rewritten_refused = 0;  ///< … and of refused records
};

/// kCorrupt when an object is not what its entry says.
Result<ErasingEntry> BuildErasingEntry(const ErasingRequest& request);

}  // namespace tarn::bronze
