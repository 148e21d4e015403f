// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rollback of an open table: a new commit with the rows of an earlier version (durability.md §5.7), for every format
// and layer. Free functions; thread-safe.

#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "table/table.h"

namespace tarn::lake {

/// What becomes of the schema when it has changed since.
enum class RollbackSchema : uint8_t {
  kKept,      ///< as it is now; a version whose columns no longer fit it is refused
  kRestored,  ///< as it was
};

struct RollbackRequest {
  int64_t target = -1;  ///< a version of the history (Snapshot::snapshot_id)
  /// The version that must be the newest one, so that nothing is undone that the caller has not seen.
  std::optional<int64_t> expected{};
};

struct RollbackOutcome {
  int64_t target = -1;
  int64_t before = -1;  ///< newest version when it was asked for
  int64_t version = -1;
  bool committed = false;  ///< false: the table had the target's rows already
};

/// Adds to the intent what the layer keeps beside the rows; false when nothing changes, there as in the rows.
using RollbackCompletion = std::function<Result<bool>(const table::Snapshot& newest, const table::Snapshot& target,
                                                      bool rows_change, table::CommitIntent&)>;

/// kNotFound: no such version, or no more; kFailedPrecondition: another version is the newest; kInvalidArgument:
/// columns that do not fit, named. Doing it again does nothing.
Result<RollbackOutcome> Rollback(table::Table& table, const RollbackRequest& request, RollbackSchema schema,
                                 const RollbackCompletion& complete, const table::Table::Guard& guard);

}  // namespace tarn::lake
