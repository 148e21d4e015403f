// SPDX-License-Identifier: Apache-2.0
#include "lake/value_rows.h"

#include <algorithm>

#include "table/batch.h"

namespace tarn::lake {
namespace {

void AppendCell(const table::Value& value, table::ColumnBuilder& out) {
  if (const auto* text = std::get_if<std::string>(&value)) return out.AppendString(*text);
  if (const auto* number = std::get_if<int64_t>(&value)) return out.AppendInt64(*number);
  if (const auto* number = std::get_if<double>(&value)) return out.AppendDouble(*number);
  if (const auto* at = std::get_if<table::TimestampValue>(&value)) return out.AppendInt64(at->micros);
  out.AppendNull();
}

class Reader final : public engine::RowReader {
 public:
  Reader(const ValueRows& source, std::span<const size_t> columns)
      : source_(source), columns_(columns.begin(), columns.end()), builder_(TypesOf(source, columns)) {}

  Result<bool> Next(table::BatchView& batch) override {
    builder_.Clear();
    const auto rows = std::min(kMaxBatchRows, source_.rows().size() - at_);
    for (size_t row = 0; row < rows; ++row, ++at_) {
      for (size_t i = 0; i < columns_.size(); ++i) AppendCell(source_.rows()[at_][columns_[i]], builder_.column(i));
    }
    batch = builder_.View();
    batch.rows = rows;
    return rows > 0;
  }

 private:
  static std::vector<table::DataType> TypesOf(const ValueRows& source, std::span<const size_t> columns) {
    std::vector<table::DataType> types;
    for (const auto column : columns) types.push_back(source.schema().fields[column].type);
    return types;
  }

  const ValueRows& source_;
  std::vector<size_t> columns_;
  table::BatchBuilder builder_;
  size_t at_ = 0;
};

}  // namespace

ValueRows::ValueRows(const Columns& columns, std::vector<Row> rows) : rows_(std::move(rows)) {
  for (const auto& [name, kind] : columns) schema_.fields.push_back({0, name, table::Scalar(kind), true});
  table::AssignFieldIds(schema_, 0);
}

Result<std::unique_ptr<engine::RowReader>> ValueRows::Open(size_t, std::span<const size_t> columns) {
  return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(*this, columns));
}

engine::BoundTablePtr BindRows(std::shared_ptr<ValueRows> rows) {
  auto schema = rows->schema();
  return engine::Bind(std::move(schema), std::shared_ptr<engine::RowSource>(std::move(rows)));
}

}  // namespace tarn::lake
