// SPDX-License-Identifier: Apache-2.0
#pragma once
// One column of numbers as a row source: how results of one statement come back into the next. Immutable.

#include <memory>
#include <string>
#include <vector>

#include "engine/row_source.h"

namespace tarn::silver {

class NumberRows final : public engine::RowSource {
 public:
  NumberRows(const std::string& column, std::vector<int64_t> numbers);

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return numbers_.size(); }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

 private:
  table::Schema schema_;
  std::vector<int64_t> numbers_;
};

}  // namespace tarn::silver
