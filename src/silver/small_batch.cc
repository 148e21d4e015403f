// SPDX-License-Identifier: Apache-2.0
#include "silver/small_batch.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "bronze/bronze_rows.h"
#include "silver/column_value.h"
#include "silver/key_hash.h"

namespace tarn::silver {
namespace {

using table::BatchView;
using table::TypeKind;
using table::Value;

constexpr const char* kOperation = "_op";
constexpr std::string_view kDelete = "delete";

/// Whether `later`, which came after `row`, takes its place.
bool Replaces(const Value& later, const Value& sequence) {
  if (table::IsNull(sequence)) return true;
  return !table::IsNull(later) && table::Compare(later, sequence) >= 0;
}

/// The last record of each key, while records come in order.
class Latest {
 public:
  Latest(const BatchView& records, const std::vector<size_t>& keys, std::optional<size_t> sequence) {
    for (const auto key : keys) keys_.push_back(records.columns[key]);
    if (sequence) sequence_ = records.columns[*sequence];
    by_hash_.reserve(records.rows);
    for (size_t row = 0; row < records.rows; ++row) Take(static_cast<uint32_t>(row));
  }

  /// In the order they came, as files of larger merges have them.
  std::vector<uint32_t> Rows() const {
    std::vector<uint32_t> rows;
    rows.reserve(by_hash_.size());
    for (const auto& [hash, row] : by_hash_) rows.push_back(row);
    std::ranges::sort(rows);
    return rows;
  }

 private:
  void Take(uint32_t row) {
    const auto hash = HashKey(keys_, row);
    const auto [begin, end] = by_hash_.equal_range(hash);
    for (auto before = begin; before != end; ++before) {
      if (!HaveOneKey(row, before->second)) continue;
      if (!sequence_ || Replaces(ValueAt(*sequence_, row), ValueAt(*sequence_, before->second))) before->second = row;
      return;
    }
    by_hash_.emplace(hash, row);
  }

  bool HaveOneKey(uint32_t a, uint32_t b) const {
    return std::ranges::all_of(keys_,
                               [&](const auto& key) { return table::Compare(ValueAt(key, a), ValueAt(key, b)) == 0; });
  }

  std::vector<table::ColumnView> keys_;
  std::optional<table::ColumnView> sequence_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;
};

/// Gives some rows of a batch.
class Reader final : public engine::RowReader {
 public:
  Reader(std::shared_ptr<const table::BatchBuilder> records, std::vector<uint32_t> rows,
         std::span<const size_t> columns)
      : records_(std::move(records)), rows_(std::move(rows)), from_(columns.size()), builder_(TypesOf(columns)) {
    const auto all = records_->View();
    for (size_t i = 0; i < columns.size(); ++i) from_[i] = all.columns[columns[i]];
  }

  Result<bool> Next(BatchView& batch) override {
    if (at_ == rows_.size()) return false;
    const auto rows = std::span(rows_).subspan(at_, std::min(rows_.size() - at_, kMaxBatchRows));
    at_ += rows.size();
    builder_.Clear();
    for (size_t i = 0; i < from_.size(); ++i) {
      for (const auto row : rows) AppendFrom(from_[i], row, builder_.column(i));
    }
    batch = builder_.View();
    batch.rows = rows.size();
    return true;
  }

 private:
  std::vector<table::DataType> TypesOf(std::span<const size_t> columns) const {
    const auto all = records_->View();
    std::vector<table::DataType> types;
    for (const auto column : columns) types.push_back(*all.columns[column].type);
    return types;
  }

  const std::shared_ptr<const table::BatchBuilder> records_;
  const std::vector<uint32_t> rows_;
  std::vector<table::ColumnView> from_;
  table::BatchBuilder builder_;
  size_t at_ = 0;
};

/// The records to be merged, in the columns `wanted`, of which the last is the verdict.
Result<std::shared_ptr<const table::BatchBuilder>> ReadMerged(CheckedRows& rows, const std::vector<size_t>& wanted) {
  std::vector<table::DataType> types;
  for (size_t i = 0; i + 1 < wanted.size(); ++i) types.push_back(rows.schema().fields[wanted[i]].type);
  auto records = std::make_shared<table::BatchBuilder>(types);
  for (size_t unit = 0; unit < rows.unit_count(); ++unit) {
    TARN_ASSIGN(const auto reader, rows.Open(unit, wanted));
    BatchView batch;
    for (;;) {
      TARN_ASSIGN(const bool more, reader->Next(batch));
      if (!more) break;
      for (size_t row = 0; row < batch.rows; ++row) {
        if (batch.columns.back().At<int32_t>(row) != std::to_underlying(Verdict::kMerge)) continue;
        for (size_t i = 0; i < types.size(); ++i) AppendFrom(batch.columns[i], row, records->column(i));
      }
    }
  }
  return std::shared_ptr<const table::BatchBuilder>(std::move(records));
}

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
  columns.fields.push_back({0, bronze::kOrdinalColumn, table::Scalar(TypeKind::kInt64), true});
  std::vector<size_t> wanted;
  for (const auto& field : columns.fields) wanted.push_back(rows.schema().IndexOf(field.name).value());
  wanted.push_back(rows.schema().fields.size() - 1);
  std::vector<size_t> keys;
  for (const auto* key : contract.key_columns()) keys.push_back(columns.IndexOf(key->name).value());
  const auto sequence = contract.sequence_by ? columns.IndexOf(*contract.sequence_by) : std::nullopt;
  TARN_ASSIGN(auto records, ReadMerged(rows, wanted));
  auto latest = Latest(records->View(), keys, sequence).Rows();
  return std::shared_ptr<SmallBatch>(new SmallBatch(std::move(columns), std::move(records), std::move(latest)));
}

std::shared_ptr<SmallBatch> SmallBatch::Without(const std::set<int64_t>& ordinals) const {
  const auto ordinal = records_->View().columns.back();
  return Only([&](uint32_t row) { return !ordinals.contains(ordinal.At<int64_t>(row)); });
}

std::shared_ptr<SmallBatch> SmallBatch::Upserts() const {
  const auto operation = Operation();
  return Only([&](uint32_t row) { return operation.At<std::string_view>(row) != kDelete; });
}

std::shared_ptr<SmallBatch> SmallBatch::Only(const std::function<bool(uint32_t row)>& keep) const {
  std::vector<uint32_t> kept;
  std::ranges::copy_if(rows_, std::back_inserter(kept), keep);
  return std::shared_ptr<SmallBatch>(new SmallBatch(schema_, records_, std::move(kept)));
}

table::ColumnView SmallBatch::Operation() const { return records_->View().columns[schema_.fields.size() - 2]; }

uint64_t SmallBatch::deletes() const {
  const auto operation = Operation();
  return static_cast<uint64_t>(
      std::ranges::count_if(rows_, [&](uint32_t row) { return operation.At<std::string_view>(row) == kDelete; }));
}

Result<std::unique_ptr<engine::RowReader>> SmallBatch::Open(size_t, std::span<const size_t> columns) {
  return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(records_, rows_, columns));
}

}  // namespace tarn::silver
