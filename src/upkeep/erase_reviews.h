// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes records out of the objects that reviews of quarantine made: edited and replayed payloads, by replacing entries
// of the endpoint's quarantine log (durability.md §6). Free function.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze.h"
#include "quarantine/state_log.h"

namespace tarn::upkeep {

/// Number of the last replay that bronze has; 0 = none.
Result<uint64_t> LandedReplays(bronze::Bronze& bronze, const std::string& domain, const std::string& table);

struct ReviewErasure {
  store::ObjectStore& store;
  quarantine::StateLogs& reviews;
  Clock& clock;
  Randomness& randomness;
  std::function<Status()> seat_check;
  const std::string& domain;
  const std::string& table;
  const std::set<std::string>& refused;  ///< ids of the records
  uint64_t landed_replays = 0;           ///< as LandedReplays
};

struct EraseReviewsOutcome {
  uint64_t records = 0;           ///< payloads that are gone
  std::vector<std::string> gone;  ///< keys of objects that nothing names any more
};

/// kUnavailable: bronze has still to take records from one of the objects.
Result<EraseReviewsOutcome> EraseFromReviews(const ReviewErasure& erasure);

}  // namespace tarn::upkeep
