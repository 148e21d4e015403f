// SPDX-License-Identifier: Apache-2.0
#include "quality/results_table.h"

#include <array>

namespace tarn::quality {
namespace {

using table::TypeKind;

constexpr std::array<std::pair<const char*, TypeKind>, 28> kColumns{{{"id", TypeKind::kString},
                                                                     {"data_issue_id", TypeKind::kString},
                                                                     {"test_execution_id", TypeKind::kString},
                                                                     {"test_unique_id", TypeKind::kString},
                                                                     {"model_unique_id", TypeKind::kString},
                                                                     {"invocation_id", TypeKind::kString},
                                                                     {"detected_at", TypeKind::kTimestamp},
                                                                     {"created_at", TypeKind::kTimestamp},
                                                                     {"database_name", TypeKind::kString},
                                                                     {"schema_name", TypeKind::kString},
                                                                     {"table_name", TypeKind::kString},
                                                                     {"column_name", TypeKind::kString},
                                                                     {"test_type", TypeKind::kString},
                                                                     {"test_sub_type", TypeKind::kString},
                                                                     {"test_results_description", TypeKind::kString},
                                                                     {"owners", TypeKind::kString},
                                                                     {"tags", TypeKind::kString},
                                                                     {"test_results_query", TypeKind::kString},
                                                                     {"other", TypeKind::kString},
                                                                     {"test_name", TypeKind::kString},
                                                                     {"test_params", TypeKind::kString},
                                                                     {"severity", TypeKind::kString},
                                                                     {"status", TypeKind::kString},
                                                                     {"failures", TypeKind::kInt64},
                                                                     {"test_short_name", TypeKind::kString},
                                                                     {"test_alias", TypeKind::kString},
                                                                     {"result_rows", TypeKind::kString},
                                                                     {"failed_row_count", TypeKind::kInt64}}};
constexpr const char* kTestKind = "dbt_test";  ///< Elementary's word for a test that rows pass or fail

using Row = std::array<table::Value, kColumns.size()>;

/// NULL where Tarn knows nothing of the kind, or nothing was found.
table::Value OrNull(const std::string& text) { return text.empty() ? table::Value() : table::Value(text); }

Row RowOf(const TestReport& report, const TestResult& result) {
  const auto at = table::TimestampValue{report.executed_at.micros, true};
  const auto place = report.domain + "." + report.layer + "." + report.table;
  const auto id = report.execution_id + "." + result.name;
  const auto failures = result.failures ? table::Value(*result.failures) : table::Value();
  const bool is_fine = result.status == TestStatus::kPass;
  return {id,
          is_fine ? table::Value() : table::Value(id),
          id,
          "test." + place + "." + result.name,
          "model." + place,
          report.execution_id,
          at,
          at,
          report.domain,
          report.layer,
          report.table,
          OrNull(result.column),
          std::string(kTestKind),
          std::string(result.type == TestType::kSql ? "singular" : "generic"),
          result.message,
          std::string("[]"),
          std::string("[]"),
          result.sql,
          table::Value(),
          result.name,
          codec::Dump(result.parameters),
          std::string(result.severity == Severity::kError ? "ERROR" : "WARN"),
          std::string(TestStatusName(result.status)),
          failures,
          std::string(TestTypeName(result.type)),
          result.name,
          result.rows.empty() ? table::Value() : table::Value(codec::Dump(codec::Json(result.rows))),
          failures};
}

class ResultRows final : public engine::RowSource {
 public:
  struct Unit {
    std::string domain;
    std::string table;
    std::vector<std::string> keys;
  };

  ResultRows(TestResults& results, std::vector<Unit> units) : results_(results), units_(std::move(units)) {
    for (const auto& [name, kind] : kColumns) schema_.fields.push_back({0, name, table::Scalar(kind), true});
    table::AssignFieldIds(schema_, 0);
  }

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return units_.size(); }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

  TestResults& results() const { return results_; }
  const Unit& unit(size_t i) const { return units_[i]; }

 private:
  TestResults& results_;
  const std::vector<Unit> units_;
  table::Schema schema_;
};

/// Reads the reports of one table, one after the other.
class Reader final : public engine::RowReader {
 public:
  Reader(const ResultRows& source, size_t unit, std::span<const size_t> columns)
      : source_(source),
        unit_(source.unit(unit)),
        columns_(columns.begin(), columns.end()),
        builder_(TypesOf(columns)) {}

  Result<bool> Next(table::BatchView& batch) override {
    builder_.Clear();
    size_t rows = 0;
    while (rows < kMaxBatchRows) {
      TARN_ASSIGN(const bool more, Advance());
      if (!more) break;
      const auto row = RowOf(*report_, report_->results[result_++]);
      for (size_t i = 0; i < columns_.size(); ++i) builder_.column(i).AppendValue(row[columns_[i]]);
      ++rows;
    }
    batch = builder_.View();
    batch.rows = rows;
    return rows > 0;
  }

 private:
  static std::vector<table::DataType> TypesOf(std::span<const size_t> columns) {
    std::vector<table::DataType> types;
    for (const auto column : columns) types.push_back(table::Scalar(kColumns[column].second));
    return types;
  }

  /// Stands on a result afterwards; false at the end.
  Result<bool> Advance() {
    while (report_ == nullptr || result_ == report_->results.size()) {
      if (next_ == unit_.keys.size()) return false;
      TARN_ASSIGN(report_, source_.results().Load(unit_.keys[next_++]));
      result_ = 0;
    }
    return true;
  }

  const ResultRows& source_;
  const ResultRows::Unit& unit_;
  const std::vector<size_t> columns_;
  table::BatchBuilder builder_;
  size_t next_ = 0;
  TestReportPtr report_;
  size_t result_ = 0;
};

Result<std::unique_ptr<engine::RowReader>> ResultRows::Open(size_t unit, std::span<const size_t> columns) {
  return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(*this, unit, columns));
}

}  // namespace

Result<engine::BoundTablePtr> BindTestResults(TestResults& results) {
  std::vector<ResultRows::Unit> units;
  TARN_ASSIGN(const auto tables, results.Tables());
  for (const auto& [domain, table] : tables) {
    TARN_ASSIGN(auto keys, results.Keys(domain, table));
    units.push_back({domain, table, std::move(keys)});
  }
  auto rows = std::make_shared<ResultRows>(results, std::move(units));
  auto schema = rows->schema();
  return engine::Bind(std::move(schema), std::shared_ptr<engine::RowSource>(std::move(rows)));
}

}  // namespace tarn::quality
