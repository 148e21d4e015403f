// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ledger of an endpoint: every record that bronze has, and what became of it, hour by hour (http-api.md §5
// "Completeness", docs/guide/ledger.md). Nothing keeps it: bronze's log says what was stored, the counters of silver's
// commits what became of it, and both sides are compared. Plain values and a free function; thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "silver/merge.h"
#include "silver/side_manifest.h"

namespace tarn::silver {

/// The records of bronze-log entries [first_entry, last_entry] of one table folder. What became of records can change
/// later: a rollback makes the fates of its hour negative.
struct LedgerInterval {
  uint64_t folder_generation = 1;
  uint64_t first_entry = 0;  ///< 0: none, the records wait in the node's log
  uint64_t last_entry = 0;
  std::optional<Timestamp> until;  ///< of the last commit in it; unset: nothing says, or still to be merged

  int64_t received = 0;  ///< as the sources count them
  int64_t stored = 0;    ///< as bronze's objects and the node's log hold them
  int64_t applied = 0;
  int64_t superseded = 0;
  int64_t deleted = 0;
  int64_t quarantined = 0;
  int64_t rolled_back = 0;
  int64_t pending = 0;  ///< stored, not merged
  int64_t purged = 0;

  /// 0 when the ledger balances.
  int64_t Difference() const {
    return stored - applied - superseded - deleted - quarantined - rolled_back - pending - purged;
  }
};

/// Oldest first, by folder: what was purged, one interval for each hour the side manifest remembers (the hours before
/// are one), what is pending. Reads the live entries of bronze's log, one side manifest for each folder, and the
/// un-landed frames.
Result<std::vector<LedgerInterval>> LoadLedger(const MergeDependencies& dependencies, const std::string& domain,
                                               const std::string& table);

}  // namespace tarn::silver
