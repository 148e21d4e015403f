// SPDX-License-Identifier: Apache-2.0
#include "bronze/number_ranges.h"

#include <algorithm>

namespace tarn::bronze {

void NumberRanges::Add(NumberRange range) {
  // Ranges that overlap or touch the new one become part of it.
  const auto begin =
      std::ranges::lower_bound(ranges_, range.first, {}, [](const NumberRange& present) { return present.last + 1; });
  auto end = begin;
  for (; end != ranges_.end() && end->first <= range.last + 1; ++end) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
  }
  ranges_.insert(ranges_.erase(begin, end), range);
}

bool NumberRanges::Contains(uint64_t number) const { return Overlaps({number, number}); }

bool NumberRanges::Overlaps(NumberRange range) const {
  const auto at = std::ranges::lower_bound(ranges_, range.first, {}, &NumberRange::last);
  return at != ranges_.end() && at->first <= range.last;
}

uint64_t NumberRanges::LastOutside(uint64_t number) const {
  const auto behind = std::ranges::upper_bound(ranges_, number, {}, &NumberRange::first);
  if (behind == ranges_.begin()) return number;
  const auto& before = *std::prev(behind);
  return number <= before.last ? before.first - 1 : number;
}

}  // namespace tarn::bronze
