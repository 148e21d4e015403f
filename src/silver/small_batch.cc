// SPDX-License-Identifier: Apache-2.0
#include "silver/small_batch.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "silver/column_value.h"

namespace tarn::silver {
namespace {

using table::TypeKind;
using table::Value;
using Row = std::vector<Value>;

constexpr const char* kOperation = "_op";
constexpr const char* kOrdinal = "_ordinal";

struct KeyLess {
  bool operator()(const Row& a, const Row& b) const {
    for (size_t i = 0; i < a.size(); ++i) {
      const auto order = table::Compare(a[i], b[i]);
      if (order != 0) return order < 0;
    }
    return false;
  }
};

/// Whether `later`, which came after `row`, takes its place.
bool Replaces(const Value& later, const Value& sequence) {
  if (table::IsNull(sequence)) return true;
  return !table::IsNull(later) && table::Compare(later, sequence) >= 0;
}

/// The last record of each key, while records come in order.
class Latest {
 public:
  Latest(std::vector<size_t> keys, std::optional<size_t> sequence) : keys_(std::move(keys)), sequence_(sequence) {}

  void Take(Row row) {
    Row key;
    for (const auto slot : keys_) key.push_back(row[slot]);
    const auto [at, inserted] = latest_.try_emplace(std::move(key), Row());
    if (inserted || !sequence_ || Replaces(row[*sequence_], at->second[*sequence_])) at->second = std::move(row);
  }

  std::vector<Row> Rows() && {
    std::vector<Row> rows;
    for (auto& [key, row] : latest_) rows.push_back(std::move(row));
    // In the order they came, as files of larger merges have them.
    std::ranges::sort(rows, {}, [](const Row& row) { return std::get<int64_t>(row.back()); });
    return rows;
  }

 private:
  const std::vector<size_t> keys_;
  const std::optional<size_t> sequence_;
  std::map<Row, Row, KeyLess> latest_;
};

class Reader final : public engine::RowReader {
 public:
  Reader(const std::vector<table::DataType>& types, size_t rows) : builder_(types), rows_(rows) {}

  table::BatchBuilder& builder() { return builder_; }

  Result<bool> Next(table::BatchView& batch) override {
    if (std::exchange(done_, true) || rows_ == 0) return false;
    batch = builder_.View();
    batch.rows = rows_;
    return true;
  }

 private:
  table::BatchBuilder builder_;
  const size_t rows_;
  bool done_ = false;
};

}  // namespace

bool SmallBatch::CanHold(const table::Schema& schema) {
  return std::ranges::none_of(schema.fields, [](const table::Field& field) {
    return field.type.is_nested() || field.type.kind == TypeKind::kBinary;
  });
}

Result<std::shared_ptr<SmallBatch>> SmallBatch::Read(CheckedRows& rows, const contract::Contract& contract,
                                                     const table::Schema& schema) {
  auto columns = schema;
  columns.fields.push_back({0, kOperation, table::Scalar(TypeKind::kString), true});
  columns.fields.push_back({0, kOrdinal, table::Scalar(TypeKind::kInt64), true});
  std::vector<size_t> wanted;
  for (const auto& field : columns.fields) wanted.push_back(rows.schema().IndexOf(field.name).value());
  wanted.push_back(rows.schema().fields.size() - 1);
  std::vector<size_t> keys;
  for (const auto* key : contract.key_columns()) keys.push_back(columns.IndexOf(key->name).value());
  Latest latest(std::move(keys), contract.sequence_by ? columns.IndexOf(*contract.sequence_by) : std::nullopt);
  for (size_t unit = 0; unit < rows.unit_count(); ++unit) {
    TARN_ASSIGN(const auto reader, rows.Open(unit, wanted));
    table::BatchView batch;
    for (;;) {
      TARN_ASSIGN(const bool more, reader->Next(batch));
      if (!more) break;
      for (size_t row = 0; row < batch.rows; ++row) {
        if (batch.columns.back().At<int32_t>(row) != std::to_underlying(Verdict::kMerge)) continue;
        Row values;
        for (size_t i = 0; i + 1 < batch.columns.size(); ++i) values.push_back(ValueAt(batch.columns[i], row));
        latest.Take(std::move(values));
      }
    }
  }
  return std::shared_ptr<SmallBatch>(new SmallBatch(std::move(columns), std::move(latest).Rows()));
}

std::shared_ptr<SmallBatch> SmallBatch::Without(const std::set<int64_t>& ordinals) const {
  auto rows = rows_;
  std::erase_if(rows, [&](const Row& row) { return ordinals.contains(std::get<int64_t>(row.back())); });
  return std::shared_ptr<SmallBatch>(new SmallBatch(schema_, std::move(rows)));
}

uint64_t SmallBatch::deletes() const {
  const auto operation = schema_.fields.size() - 2;
  return static_cast<uint64_t>(
      std::ranges::count_if(rows_, [&](const Row& row) { return std::get<std::string>(row[operation]) == "delete"; }));
}

Result<std::unique_ptr<engine::RowReader>> SmallBatch::Open(size_t, std::span<const size_t> columns) {
  std::vector<table::DataType> types;
  for (const auto column : columns) types.push_back(schema_.fields[column].type);
  auto reader = std::make_unique<Reader>(types, rows_.size());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < columns.size(); ++i) reader->builder().column(i).AppendValue(row[columns[i]]);
  }
  return std::unique_ptr<engine::RowReader>(std::move(reader));
}

}  // namespace tarn::silver
