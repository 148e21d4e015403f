// SPDX-License-Identifier: Apache-2.0
#pragma once
// A set of entry numbers kept as ranges: what a bronze log has replaced is nearly all of it, in few stretches.
// Plain value.

#include <cstdint>
#include <vector>

namespace tarn::bronze {

struct NumberRange {
  uint64_t first = 0;
  uint64_t last = 0;  ///< included

  bool operator==(const NumberRange&) const = default;
};

class NumberRanges {
 public:
  void Add(NumberRange range);

  bool Contains(uint64_t number) const;
  /// Whether any number of `range` is in the set.
  bool Overlaps(NumberRange range) const;
  /// The greatest number up to `number` that is not in the set; 0 when all of 1 to `number` are.
  uint64_t LastOutside(uint64_t number) const;

  /// Ascending; none touches the next.
  const std::vector<NumberRange>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }

  bool operator==(const NumberRanges&) const = default;

 private:
  std::vector<NumberRange> ranges_;
};

}  // namespace tarn::bronze
