// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rebuilds of one silver table that were asked for and what came of them: a series
// (docs/formats/rebuilds.md). Plain values and their codec.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tarn::silver {

/// How the rows of a rebuild differ from those before.
struct RowDifference {
  int64_t rows_before = 0;
  int64_t rows_after = 0;
  /// Of keyed tables whose key did not change: keys that came, went, have another value in a column both have.
  std::optional<int64_t> added;
  std::optional<int64_t> removed;
  std::optional<int64_t> changed;
};

struct RebuildRecord {
  std::string id;  ///< random; tells our own entry after a lost answer
  Timestamp at;
  uint64_t request = 0;        ///< 0: this entry asks for a rebuild; else the number of the entry that did
  bool drops_foreign = false;  ///< of a request: rows that other writers added may go
  bool partial = false;        ///< of a request: records that bronze has retired may be left out
  std::string error;           ///< of an end: why it failed; empty = it succeeded
  std::optional<RowDifference> difference;
};

struct RebuildRecordCodec {
  static std::string Encode(const RebuildRecord& record);
  static Result<RebuildRecord> Decode(std::string_view text);
};

}  // namespace tarn::silver
