// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds the records of keys in bronze and in quarantine: payloads decoded by the endpoint's contract, as a merge
// decodes them. Free functions; thread-safe.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bronze/bronze.h"
#include "engine/query_engine.h"
#include "quarantine/quarantine.h"
#include "upkeep/erasure_keys.h"

namespace tarn::upkeep {

struct FoundRecords {
  std::map<uint64_t, std::set<lake::Offset>> lines;  ///< of bronze, by the number of the log entry that names them
  std::set<std::string> refused;                     ///< ids of refused records
  uint64_t undecodable = 0;                          ///< records whose payload says no key
};

struct RecordSearch {
  engine::QueryEngine& engine;
  bronze::Bronze& bronze;
  contract::EndpointPtr endpoint;
  const ErasureKeys& keys;
};

/// Adds those of the entries' lines.
Status FindLines(const RecordSearch& search, const std::vector<bronze::NumberedEntry>& entries, FoundRecords& found);

/// Adds those of the units.
Status FindRefused(const RecordSearch& search, const std::vector<quarantine::EntryUnit>& units, FoundRecords& found);

}  // namespace tarn::upkeep
