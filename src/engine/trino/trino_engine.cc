// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_engine.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "engine/query_engine.h"
#include "engine/trino/trino_values.h"
#include "table/batch.h"

namespace tarn::engine {
namespace {

std::vector<table::DataType> TypesOf(const table::Schema& schema, std::span<const size_t> columns) {
  std::vector<table::DataType> types;
  for (const auto column : columns) types.push_back(schema.fields[column].type);
  return types;
}

/// Pages of a statement cut into batches.
class TrinoReader final : public RowReader {
 public:
  TrinoReader(std::unique_ptr<TrinoStatement> statement, std::span<const size_t> columns)
      : statement_(std::move(statement)),
        columns_(columns.begin(), columns.end()),
        builder_(TypesOf(statement_->columns(), columns)) {}

  Result<bool> Next(table::BatchView& batch) override {
    if (next_row_ == page_.size()) {
      TARN_ASSIGN(auto page, statement_->NextPage());
      if (!page) return false;
      page_ = std::move(*page);
      next_row_ = 0;
    }
    builder_.Clear();
    const auto end = std::min(next_row_ + kMaxBatchRows, page_.size());
    const auto rows = end - next_row_;
    for (; next_row_ < end; ++next_row_) TARN_TRY(AppendRow(page_[next_row_]));
    batch = builder_.View();
    batch.rows = rows;
    return true;
  }

 private:
  Status AppendRow(const codec::Json& row) {
    if (!row.is_array() || row.size() != statement_->columns().fields.size()) {
      return Fail(ErrorCode::kInternal, "trino: a row with another number of values than there are columns");
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (const auto appended = AppendTrinoValue(row[columns_[i]], builder_.column(i)); !appended) {
        auto error = appended.error();
        error.message = "column " + statement_->columns().fields[columns_[i]].name + ": " + error.message;
        return std::unexpected(std::move(error));
      }
    }
    return {};
  }

  const std::unique_ptr<TrinoStatement> statement_;
  const std::vector<size_t> columns_;
  table::BatchBuilder builder_;
  codec::Json page_ = codec::Json::array();
  size_t next_row_ = 0;
};

class TrinoRows final : public RowSource {
 public:
  explicit TrinoRows(std::unique_ptr<TrinoStatement> statement)
      : schema_(statement->columns()), statement_(std::move(statement)) {}

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }

  Result<std::unique_ptr<RowReader>> Open(size_t, std::span<const size_t> columns) override {
    if (is_open_.exchange(true)) return Fail(ErrorCode::kInternal, "rows of trino are read once");
    return std::make_unique<TrinoReader>(std::move(statement_), columns);
  }

 private:
  const table::Schema schema_;
  std::atomic<bool> is_open_{false};
  std::unique_ptr<TrinoStatement> statement_;
};

/// Namespace and table of Iceberg's: further levels of a table that others made stand before its name.
std::pair<std::string, std::string> PlaceOf(const TableName& name) {
  if (name.layer != "external") return {name.domain + "." + name.layer, name.table};
  const auto dot = name.table.rfind('.');
  if (dot == std::string::npos) return {name.domain, name.table};
  return {name.domain + "." + name.table.substr(0, dot), name.table.substr(dot + 1)};
}

}  // namespace

TrinoEngine::TrinoEngine(TrinoSettings settings)
    : settings_(std::move(settings)), client_({.ca_file = settings_.ca_file}) {}

std::string TrinoEngine::TableText(const RemoteTable& table) const {
  const auto [schema, name] = PlaceOf(table.name);
  const auto text = QuoteIdentifier(settings_.catalog) + "." + QuoteIdentifier(schema) + "." + QuoteIdentifier(name);
  if (table.snapshot_id) return text + " FOR VERSION AS OF " + std::to_string(*table.snapshot_id);
  return "(SELECT * FROM " + text + " WHERE 1 = 0)" + (table.has_alias ? "" : " AS " + QuoteIdentifier(name));
}

std::string TrinoEngine::TimeText(Timestamp at, bool with_zone) const {
  auto text = FormatTimestamp(at);
  std::ranges::replace(text, 'T', ' ');
  text.pop_back();  // the Z
  return "TIMESTAMP " + QuoteLiteral(text + (with_zone ? " UTC" : ""));
}

Result<std::shared_ptr<RowSource>> TrinoEngine::Query(const RemoteQuery& query) {
  TARN_ASSIGN(auto statement, TrinoStatement::Start(settings_, client_, query));
  return std::make_shared<TrinoRows>(std::move(statement));
}

}  // namespace tarn::engine
