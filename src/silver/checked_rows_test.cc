// SPDX-License-Identifier: Apache-2.0
#include "silver/checked_rows.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "bronze/bronze_rows.h"
#include "table/batch.h"

namespace tarn::silver {
namespace {

using table::Field;
using table::TypeKind;

struct Row {
  std::optional<std::string> key;
  std::string operation = "upsert";
  std::string disposition = "valid";
  std::string unfit;
};

Row Upsert(const std::string& key, const std::string& unfit = "") { return {key, "upsert", "valid", unfit}; }
Row Delete(const std::string& key, const std::string& unfit = "") { return {key, "delete", "valid", unfit}; }
Row WithoutKey() { return {std::nullopt, "upsert", "valid", ""}; }
Row Quarantined(const std::optional<std::string>& key) { return {key, "upsert", "quarantined", ""}; }

/// Units of rows shaped as a bronze merge gives them.
class FixedRows final : public engine::RowSource {
 public:
  explicit FixedRows(std::vector<std::vector<Row>> units) : units_(std::move(units)) {
    int32_t id = 0;
    for (const auto* name : {"code", "_op", "_disposition", bronze::kUnfitColumn}) {
      schema_.fields.push_back(Field{++id, name, table::Scalar(TypeKind::kString), true});
    }
    schema_.fields.push_back(Field{++id, "_insert_date", table::Scalar(TypeKind::kTimestamp), true});
  }
  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return units_.size(); }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }

  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override {
    return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(units_[unit], columns));
  }

 private:
  class Reader final : public engine::RowReader {
   public:
    Reader(const std::vector<Row>& rows, std::span<const size_t> columns) : builder_(TypesOf(columns)) {
      int64_t at = 100;
      for (const auto& row : rows) {
        for (size_t i = 0; i < columns.size(); ++i) Append(row, ++at, columns[i], builder_.column(i));
      }
    }
    Result<bool> Next(table::BatchView& batch) override {
      if (done_ || builder_.rows() == 0) return false;
      done_ = true;
      batch = builder_.View();
      return true;
    }

   private:
    static std::vector<table::DataType> TypesOf(std::span<const size_t> columns) {
      std::vector<table::DataType> types;
      for (const auto column : columns) {
        types.push_back(table::Scalar(column == kInserted ? TypeKind::kTimestamp : TypeKind::kString));
      }
      return types;
    }

    static void Append(const Row& row, int64_t at, size_t column, table::ColumnBuilder& out) {
      if (column == kInserted) return out.AppendInt64(at);
      if (column == 0) return row.key ? out.AppendString(*row.key) : out.AppendNull();
      if (column == 1) return out.AppendString(row.operation);
      if (column == 2) return out.AppendString(row.disposition);
      return row.unfit.empty() ? out.AppendNull() : out.AppendString(row.unfit);
    }
    table::BatchBuilder builder_;
    bool done_ = false;
  };

  static constexpr size_t kInserted = 4;
  table::Schema schema_;
  std::vector<std::vector<Row>> units_;
};

contract::Contract KeyedContract() {
  contract::Contract contract;
  contract::Column code;
  code.name = "code";
  code.primary_key = true;
  contract.columns.push_back(code);
  return contract;
}

std::vector<int32_t> VerdictsOf(CheckedRows& rows, size_t unit) {
  const std::vector<size_t> columns{rows.schema().fields.size() - 1};
  std::vector<int32_t> verdicts;
  auto reader = rows.Open(unit, columns);
  EXPECT_THAT(reader, IsOk());
  table::BatchView batch;
  while (true) {
    const auto more = (*reader)->Next(batch);
    EXPECT_THAT(more, IsOk());
    if (!more || !*more) return verdicts;
    for (size_t row = 0; row < batch.rows; ++row) verdicts.push_back(batch.columns[0].At<int32_t>(row));
  }
}

std::unique_ptr<CheckedRows> Checked(std::vector<std::vector<Row>> units) {
  return std::make_unique<CheckedRows>(std::make_shared<FixedRows>(std::move(units)), KeyedContract());
}

TEST(CheckedRows, GiveEachRecordItsVerdict) {
  const auto rows = Checked({{Upsert("a"), WithoutKey(), Upsert("b", "n: no number")},
                             {Delete("c", "n: no number"), Quarantined(std::nullopt)}});
  EXPECT_EQ(VerdictsOf(*rows, 0), (std::vector<int32_t>{0, 1, 1}));
  EXPECT_EQ(VerdictsOf(*rows, 1), (std::vector<int32_t>{0, 2}));
}

TEST(CheckedRows, TallyHoldsCountsAndTheRangeOfMergedKeys) {
  const auto rows = Checked(
      {{Upsert("m"), Quarantined("zz"), WithoutKey()}, {Delete("c"), Upsert("a", "n: no number")}, {WithoutKey()}});
  for (size_t unit = 0; unit < rows->unit_count(); ++unit) VerdictsOf(*rows, unit);
  const auto tally = rows->tally();
  EXPECT_EQ(tally.quarantined, 1U);
  EXPECT_EQ(tally.refused, 3U);
  EXPECT_EQ(tally.upserts, 1U);
  EXPECT_EQ(tally.deletes, 1U);
  ASSERT_EQ(tally.keys.size(), 1U);
  EXPECT_EQ(tally.keys[0].column, "code");
  EXPECT_EQ(std::get<std::string>(tally.keys[0].lower), "c");
  EXPECT_EQ(std::get<std::string>(tally.keys[0].upper), "m");
  EXPECT_EQ(tally.inserted.column, "_insert_date");
  EXPECT_FALSE(table::IsNull(tally.inserted.lower));
}

TEST(CheckedRows, ALaterScanIsNotCounted) {
  const auto rows = Checked({{Upsert("a")}});
  VerdictsOf(*rows, 0);
  rows->StopCounting();
  EXPECT_EQ(VerdictsOf(*rows, 0), std::vector<int32_t>{0});
  EXPECT_EQ(rows->tally().merged(), 1U);
}

}  // namespace
}  // namespace tarn::silver
