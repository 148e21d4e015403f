// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_engine.h"

#include <algorithm>
#include <utility>

#include "engine/query_engine.h"
#include "engine/trino/statement_rows.h"
#include "engine/trino/trino_literals.h"
#include "engine/trino/trino_values.h"
#include "table/batch.h"

namespace tarn::engine {
namespace {

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
        return FailIn(statement_->columns().fields[columns_[i]], appended.error());
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

std::string TrinoEngine::TimeText(Timestamp at, bool with_zone) const { return TrinoTimeLiteral(at, with_zone); }

Result<std::shared_ptr<RowSource>> TrinoEngine::Query(const RemoteQuery& query) {
  TARN_ASSIGN(auto statement, TrinoStatement::Start(settings_, client_, query));
  return std::make_shared<StatementRows<TrinoStatement, TrinoReader>>(std::move(statement));
}

}  // namespace tarn::engine
