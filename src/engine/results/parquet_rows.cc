// SPDX-License-Identifier: Apache-2.0
#include "engine/results/parquet_rows.h"

#include <algorithm>

namespace tarn::engine {
namespace {

bool IsSameShape(const table::Schema& one, const table::Schema& other) {
  return std::ranges::equal(one.fields, other.fields, [](const table::Field& a, const table::Field& b) {
    return a.name == b.name && a.type.kind == b.type.kind && a.type.precision == b.type.precision &&
           a.type.scale == b.type.scale;
  });
}

/// Some of a file's columns.
class ChosenColumns final : public RowReader {
 public:
  ChosenColumns(std::unique_ptr<RowReader> rows, std::span<const size_t> columns)
      : rows_(std::move(rows)), columns_(columns.begin(), columns.end()) {}

  Result<bool> Next(table::BatchView& batch) override {
    TARN_ASSIGN(const bool more, rows_->Next(whole_));
    if (!more) return false;
    batch.rows = whole_.rows;
    batch.columns.clear();
    for (const auto column : columns_) batch.columns.push_back(whole_.columns[column]);
    return true;
  }

 private:
  const std::unique_ptr<RowReader> rows_;
  const std::vector<size_t> columns_;
  table::BatchView whole_;
};

}  // namespace

Result<std::shared_ptr<ParquetRows>> ParquetRows::Open(ParquetFiles& files, std::shared_ptr<ResultFolder> folder,
                                                       std::vector<std::string> keys) {
  TARN_ASSIGN(auto first, files.Open(keys.front(), 0));
  table::AssignFieldIds(first.schema, 0);
  return std::shared_ptr<ParquetRows>(
      new ParquetRows(files, std::move(folder), std::move(keys), std::move(first.schema)));
}

Result<std::unique_ptr<RowReader>> ParquetRows::Open(size_t unit, std::span<const size_t> columns) {
  TARN_ASSIGN(auto opened, files_.Open(keys_[unit], 0));
  if (!IsSameShape(opened.schema, schema_)) {
    return Fail(ErrorCode::kInternal, "files of one result have other columns than each other");
  }
  return std::make_unique<ChosenColumns>(std::move(opened.rows), columns);
}

}  // namespace tarn::engine
