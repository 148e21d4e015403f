// SPDX-License-Identifier: Apache-2.0
#pragma once
// Intervals of an incremental job: the part of its table that one commit replaces (http-api.md §8). They begin at
// multiples of their length since 1970 UTC. Pure functions.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "table/types.h"

namespace tarn::gold {

struct IntervalRange {
  Timestamp from;
  std::optional<Timestamp> to;                         ///< exclusive; nullopt: everything later
  table::TypeKind type = table::TypeKind::kTimestamp;  ///< of the column
};

/// The beginning of the interval that the instant is in.
Timestamp IntervalStart(Timestamp at, std::chrono::milliseconds interval);

/// Whole intervals that cover [from, to), in steps of at most `most`; each step is one commit of a backfill.
std::vector<IntervalRange> BackfillSteps(Timestamp from, Timestamp to, std::chrono::milliseconds interval, size_t most);

/// SQL: whether `column`, an expression, lies in the range; NULL for a null.
std::string InRange(const std::string& column, const IntervalRange& range);

/// Types that intervals may be of: date, and time stamps with a zone or without.
bool IsIntervalType(table::TypeKind type);

}  // namespace tarn::gold
