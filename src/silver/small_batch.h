// SPDX-License-Identifier: Apache-2.0
#pragma once
// The records of a small merge in memory: read once, the last record of each key kept, no temp table and no statement
// for it. Larger merges leave that to the engine, which can spill. Immutable.

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "contract/contract.h"
#include "silver/checked_rows.h"

namespace tarn::silver {

class SmallBatch final : public engine::RowSource {
 public:
  static constexpr uint64_t kMaxRows = 16'384;
  static constexpr uint64_t kMaxObjectBytes = 1ULL << 20;  ///< of compressed bronze

  /// Whether values of the schema's columns can be held.
  static bool CanHold(const table::Schema& schema);

  /// Reads all of `rows` and keeps, of the records to be merged, the last one of each key in the order of durability.md
  /// §5.3. Columns: those of `schema`, then `_op` and bronze::kOrdinalColumn.
  static Result<std::shared_ptr<SmallBatch>> Read(CheckedRows& rows, const contract::Contract& contract,
                                                  const table::Schema& schema);

  /// The batch without the records of these ordinals.
  std::shared_ptr<SmallBatch> Without(const std::set<int64_t>& ordinals) const;

  /// The batch without deletes.
  std::shared_ptr<SmallBatch> Upserts() const;

  uint64_t size() const { return rows_.size(); }
  uint64_t deletes() const;

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return rows_.size(); }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

 private:
  SmallBatch(table::Schema schema, std::shared_ptr<const table::BatchBuilder> records, std::vector<uint32_t> rows)
      : schema_(std::move(schema)), records_(std::move(records)), rows_(std::move(rows)) {}

  std::shared_ptr<SmallBatch> Only(const std::function<bool(uint32_t row)>& keep) const;
  table::ColumnView Operation() const;

  table::Schema schema_;
  std::shared_ptr<const table::BatchBuilder> records_;  ///< superseded ones included
  std::vector<uint32_t> rows_;                          ///< which of them the batch holds, ascending
};

}  // namespace tarn::silver
