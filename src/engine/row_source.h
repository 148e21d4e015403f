// SPDX-License-Identifier: Apache-2.0
#pragma once
// The engine's second port to the lake: rows that are not files of a table format (bronze objects and the un-landed
// tail, quarantine entries, Tarn's own tables). A source is pinned: it gives the same rows however often it is read.
// Sources are thread-safe; a reader belongs to one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "table/batch.h"
#include "table/types.h"

namespace tarn::engine {

class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Points `batch` at the next rows (at most kMaxBatchRows); false at the end. Valid until the next call.
  virtual Result<bool> Next(table::BatchView& batch) = 0;

  static constexpr size_t kMaxBatchRows = 2048;
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  /// Visible fields first, then hidden ones.
  virtual const table::Schema& schema() const = 0;

  /// Independent pieces that may be read by different threads; the order of rows is unit by unit.
  virtual size_t unit_count() const = 0;

  /// Exact number of rows when known without reading.
  virtual std::optional<uint64_t> row_count() const = 0;

  /// Reads one unit; `columns` are indexes into schema().fields, batches hold just these, in this order (it may be
  /// empty: then only the number of rows counts).
  virtual Result<std::unique_ptr<RowReader>> Open(size_t unit, std::span<const size_t> columns) = 0;
};

}  // namespace tarn::engine
