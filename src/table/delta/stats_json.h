// SPDX-License-Identifier: Apache-2.0
#pragma once
// Per-file statistics of an add action (Delta protocol, "Per-file Statistics"): numRecords, minValues, maxValues and
// nullCount of top-level columns. Bounds never exclude a row: time stamps are rounded outwards to milliseconds, long
// strings are cut (the upper one is raised), values that JSON or the reader cannot hold exactly are left out.
// Stateless; format page: docs/formats/delta.md.

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "table/snapshot.h"

namespace tarn::table::delta {

/// Longest string bound that is written, in bytes of UTF-8.
inline constexpr size_t kMaxStringBoundBytes = 64;

/// Empty when nothing is known about the file.
std::string EncodeStats(const DataFile& file, const Schema& schema);

/// Reads stats of many files of one schema. Immutable; the schema must outlive it.
class StatsDecoder {
 public:
  explicit StatsDecoder(const Schema& schema);

  /// Sets record_count (-1 when absent) and stats. Malformed text, unknown columns and values of other types mean
  /// "unknown"; statistics are never a reason to refuse a table.
  void Decode(std::string_view text, DataFile& file) const;

 private:
  std::unordered_map<std::string_view, const Field*> fields_;
};

}  // namespace tarn::table::delta
