// SPDX-License-Identifier: Apache-2.0
#include "gold/interval_range.h"

#include <algorithm>

#include "engine/query_engine.h"

namespace tarn::gold {
namespace {

int64_t MicrosOf(std::chrono::milliseconds interval) { return std::chrono::microseconds(interval).count(); }

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

/// Naive ones are UTC; a date is compared by its midnight.
std::string Literal(Timestamp at, table::TypeKind type) {
  auto text = FormatTimestamp(at);
  if (type == table::TypeKind::kTimestamp) return "TIMESTAMPTZ " + engine::QuoteLiteral(text);
  text.pop_back();  // the Z
  return "TIMESTAMP " + engine::QuoteLiteral(text);
}

}  // namespace

bool IsIntervalType(table::TypeKind type) {
  return type == table::TypeKind::kDate || type == table::TypeKind::kTimestamp ||
         type == table::TypeKind::kTimestampNaive;
}

Timestamp IntervalStart(Timestamp at, std::chrono::milliseconds interval) {
  const auto length = MicrosOf(interval);
  return {FloorDivide(at.micros, length) * length};
}

std::vector<IntervalRange> BackfillSteps(Timestamp from, Timestamp to, std::chrono::milliseconds interval,
                                         size_t most) {
  const auto length = MicrosOf(interval);
  const auto first = FloorDivide(from.micros, length);
  const auto last = -FloorDivide(-to.micros, length);
  const auto step = std::max<int64_t>(1, (last - first + static_cast<int64_t>(most) - 1) / static_cast<int64_t>(most));
  std::vector<IntervalRange> steps;
  for (auto at = first; at < last; at += step) {
    steps.push_back({{at * length}, Timestamp{std::min(at + step, last) * length}});
  }
  return steps;
}

std::string InRange(const std::string& column, const IntervalRange& range) {
  auto sql = column + " >= " + Literal(range.from, range.type);
  if (range.to) sql += " AND " + column + " < " + Literal(*range.to, range.type);
  return sql;
}

}  // namespace tarn::gold
