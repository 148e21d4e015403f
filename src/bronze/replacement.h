// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small objects of adjacent entries made into larger ones, with the entry that replaces theirs (lake.md §3.5,
// durability.md §4.2). Lines stay as they are and in their order; refused records likewise. Objects are put as they
// fill up, the entry is the caller's to append. Free function.

#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze_log.h"

namespace tarn::bronze {

struct ReplacementRequest {
  store::ObjectStore& store;
  Randomness& randomness;
  std::span<const NumberedEntry> entries;  ///< adjacent ones of one generation, whole
  uint64_t object_bytes = 0;               ///< compressed; an object is closed once it has that many
};

/// An object is closed as well once it has that much text: readers unpack one at a time.
inline constexpr size_t kMergedTextBytes = 128U << 20;

/// Puts the objects and gives the entry, complete but for id, incarnation and written_at. kCorrupt when an object is
/// not what its entry says.
Result<LogEntry> BuildReplacement(const ReplacementRequest& request);

/// The entry after which the rows of the first entries of a log, as `request.entries`, are gone (durability.md §4.3);
/// their refused records stay. `summary` is the log's. Puts refused records together when they are in many objects.
Result<LogEntry> BuildRetirement(const ReplacementRequest& request, const LogSummary& summary);

}  // namespace tarn::bronze
