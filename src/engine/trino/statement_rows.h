// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of one statement elsewhere as a RowSource: one unit that is read once (engine/remote_engine.h).

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/row_source.h"
#include "table/types.h"

namespace tarn::engine {

/// `Statement` has `columns()`, the schema of its rows; `Reader` is a RowReader made of it and the asked columns.
template <class Statement, class Reader>
class StatementRows final : public RowSource {
 public:
  explicit StatementRows(std::unique_ptr<Statement> statement)
      : schema_(statement->columns()), statement_(std::move(statement)) {}

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }

  Result<std::unique_ptr<RowReader>> Open(size_t, std::span<const size_t> columns) override {
    if (is_open_.exchange(true)) return Fail(ErrorCode::kInternal, "rows of a statement elsewhere are read once");
    return std::make_unique<Reader>(std::move(statement_), columns);
  }

 private:
  const table::Schema schema_;
  std::atomic<bool> is_open_{false};
  std::unique_ptr<Statement> statement_;
};

inline std::vector<table::DataType> TypesOf(const table::Schema& schema, std::span<const size_t> columns) {
  std::vector<table::DataType> types;
  for (const auto column : columns) types.push_back(schema.fields[column].type);
  return types;
}

/// An error of a value, with the name of its column.
inline std::unexpected<Error> FailIn(const table::Field& column, Error error) {
  error.message = "column " + column.name + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace tarn::engine
