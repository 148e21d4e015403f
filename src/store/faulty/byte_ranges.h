// SPDX-License-Identifier: Apache-2.0
#pragma once
// A set of byte positions kept as disjoint half-open ranges; what of a simulated file is not synced yet.
// Thread-compatible value.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace tarn::store {

class ByteRanges {
 public:
  void Add(uint64_t begin, uint64_t end) {
    if (begin >= end) return;
    auto at = ranges_.upper_bound(begin);
    if (at != ranges_.begin() && std::prev(at)->second >= begin) --at;
    while (at != ranges_.end() && at->first <= end) {
      begin = std::min(begin, at->first);
      end = std::max(end, at->second);
      at = ranges_.erase(at);
    }
    ranges_.emplace(begin, end);
  }

  void Remove(uint64_t begin, uint64_t end) {
    if (begin >= end) return;
    auto at = ranges_.upper_bound(begin);
    if (at != ranges_.begin() && std::prev(at)->second > begin) --at;
    while (at != ranges_.end() && at->first < end) {
      const auto [first, last] = *at;
      at = ranges_.erase(at);
      if (first < begin) ranges_.emplace(first, begin);
      if (last > end) ranges_.emplace(end, last);
    }
  }

  void AddAll(const ByteRanges& other) {
    for (const auto& [begin, end] : other.ranges_) Add(begin, end);
  }

  void Clear() { ranges_.clear(); }
  bool empty() const { return ranges_.empty(); }

  /// begin → end, ascending, neither touching nor overlapping.
  const std::map<uint64_t, uint64_t>& ranges() const { return ranges_; }

 private:
  std::map<uint64_t, uint64_t> ranges_;
};

}  // namespace tarn::store
