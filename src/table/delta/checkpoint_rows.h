// SPDX-License-Identifier: Apache-2.0
#pragma once
// Actions <-> rows of a classic checkpoint (Delta protocol, "Checkpoint Schema", v1 spec): one action a row, each kind
// in a struct column of its own. Knows columns and batches, not Parquet. Format page: docs/formats/delta.md.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/batch.h"
#include "table/delta/actions.h"
#include "table/types.h"

namespace tarn::table::delta {

/// Columns of the checkpoints we write.
const Schema& CheckpointSchema();

/// Names of the columns we read.
std::span<const std::string> CheckpointColumns();

/// Hands out the rows of a checkpoint in batches. Thread-compatible; `actions` must outlive it.
class CheckpointRows {
 public:
  explicit CheckpointRows(const ActionSet& actions);

  /// Points `batch` at the next rows; false at the end.
  bool Next(BatchView& batch);

  int64_t row_count() const { return static_cast<int64_t>(size_); }

 private:
  void AppendRow(size_t row);

  const ActionSet& actions_;
  size_t size_;
  size_t next_ = 0;
  BatchBuilder builder_;
};

/// Adds the actions of a checkpoint's rows to `actions`. Columns may have other members, orders and integer widths than
/// CheckpointSchema. kCorrupt when a required member is NULL.
Status DecodeCheckpointRows(const Schema& schema, const BatchView& batch, ActionSet& actions);

}  // namespace tarn::table::delta
