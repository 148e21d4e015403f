// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a snapshot job keeps versions by: each run compares the query's rows with the current versions of their keys
// (docs/guide/gold.md, "Snapshots"). Plain value and codec.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"

namespace tarn::gold {

enum class SnapshotStrategy {
  kTimestamp,  ///< a row with a later `updated_at` is another version
  kCheck       ///< a row with other values is another version, from the time of the run on
};

/// What becomes of keys that the query has no longer.
enum class HardDeletes { kIgnore, kInvalidate };

/// How the columns of a version are called.
enum class VersionNames {
  kTarn,  ///< valid_from, valid_to, is_current, as silver's history
  kDbt    ///< dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to
};

struct SnapshotSpec {
  SnapshotStrategy strategy = SnapshotStrategy::kCheck;
  std::string updated_at;                  ///< column, of kTimestamp
  std::vector<std::string> check_columns;  ///< of kCheck; empty: all but the key
  HardDeletes hard_deletes = HardDeletes::kIgnore;
  VersionNames names = VersionNames::kTarn;

  bool operator==(const SnapshotSpec&) const = default;
};

/// Member `snapshot` of the Job object.
codec::OrderedJson SnapshotSpecToJson(const SnapshotSpec& spec);

/// Reads what SnapshotSpecToJson writes, and what clients may write in its place; the problem otherwise: the member and
/// what it should be.
struct SnapshotProblem {
  std::string member;
  std::string message;
};
std::optional<SnapshotSpec> ReadSnapshotSpec(const codec::Json& given, std::vector<SnapshotProblem>& problems);

}  // namespace tarn::gold
