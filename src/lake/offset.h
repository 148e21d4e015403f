// SPDX-License-Identifier: Apache-2.0
#pragma once
// Positions of records (durability.md §2.2). Plain values.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::lake {

/// (incarnation, sequence): compared in that order; sequence + 1 per record; kept for ever. Records that no node's log
/// brought have an offset of their own kind, so that no two records of an endpoint share one.
struct Offset {
  uint64_t incarnation = 0;
  uint64_t sequence = 0;

  /// Of record `sequence` of the replay that entry `number` of the quarantine log decided.
  static Offset OfReplay(uint64_t number, uint64_t sequence) { return {kFirstReplay + number, sequence}; }
  /// Number of that entry; 0 for other offsets.
  uint64_t replay_number() const { return incarnation > kFirstReplay ? incarnation - kFirstReplay : 0; }

  /// Of row `row` (from 1 on) of the endpoint's dropped file `number`.
  static Offset OfFile(uint64_t number, uint64_t row) { return {kFirstFile + number, row}; }
  /// Number of that file; 0 for other offsets.
  uint64_t file_number() const {
    return incarnation > kFirstFile && incarnation < kFirstReplay ? incarnation - kFirstFile : 0;
  }

  auto operator<=>(const Offset&) const = default;
  /// "7-1234", "r3-1" of a replay, "f2-17" of a file: the `_offset` and `receipt` text.
  std::string ToString() const;

 private:
  static constexpr uint64_t kFirstFile = uint64_t{1} << 61;
  static constexpr uint64_t kFirstReplay = uint64_t{1} << 62;
};

/// Reads Offset::ToString; kInvalidArgument otherwise.
Result<Offset> ParseOffset(std::string_view text);

}  // namespace tarn::lake
