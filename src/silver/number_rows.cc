// SPDX-License-Identifier: Apache-2.0
#include "silver/number_rows.h"

#include <algorithm>

namespace tarn::silver {
namespace {

class Reader final : public engine::RowReader {
 public:
  Reader(const table::DataType& type, const std::vector<int64_t>& numbers, size_t columns)
      : type_(type), numbers_(numbers), columns_(columns) {}

  Result<bool> Next(table::BatchView& batch) override {
    if (at_ == numbers_.size()) return false;
    batch.rows = std::min(kMaxBatchRows, numbers_.size() - at_);
    batch.columns.assign(columns_, table::ColumnView{&type_, nullptr, numbers_.data() + at_, {}});
    at_ += batch.rows;
    return true;
  }

 private:
  const table::DataType& type_;
  const std::vector<int64_t>& numbers_;
  const size_t columns_;
  size_t at_ = 0;
};

}  // namespace

NumberRows::NumberRows(const std::string& column, std::vector<int64_t> numbers) : numbers_(std::move(numbers)) {
  schema_.fields.push_back({1, column, table::Scalar(table::TypeKind::kInt64), false});
}

Result<std::unique_ptr<engine::RowReader>> NumberRows::Open(size_t, std::span<const size_t> columns) {
  return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(schema_.fields[0].type, numbers_, columns.size()));
}

}  // namespace tarn::silver
