// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows that are made at once: Tarn's own tables that fit into memory. Immutable, thread-safe.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/names.h"
#include "engine/row_source.h"
#include "table/value.h"

namespace tarn::lake {

/// Rows of text, numbers and time stamps.
class ValueRows final : public engine::RowSource {
 public:
  using Row = std::vector<table::Value>;
  using Columns = std::vector<std::pair<std::string, table::TypeKind>>;

  ValueRows(const Columns& columns, std::vector<Row> rows);

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return rows_.size(); }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

  const std::vector<Row>& rows() const { return rows_; }

 private:
  table::Schema schema_;
  std::vector<Row> rows_;
};

/// A table of these rows.
engine::BoundTablePtr BindRows(std::shared_ptr<ValueRows> rows);

}  // namespace tarn::lake
