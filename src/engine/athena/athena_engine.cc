// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/athena_engine.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "engine/athena/athena_statement.h"
#include "engine/athena/athena_values.h"
#include "engine/query_engine.h"
#include "table/batch.h"

namespace tarn::engine {
namespace {

std::vector<table::DataType> TypesOf(const table::Schema& schema, std::span<const size_t> columns) {
  std::vector<table::DataType> types;
  for (const auto column : columns) types.push_back(schema.fields[column].type);
  return types;
}

/// Pages of results, each less than a batch.
class AthenaReader final : public RowReader {
 public:
  AthenaReader(std::unique_ptr<AthenaStatement> statement, std::span<const size_t> columns)
      : statement_(std::move(statement)),
        columns_(columns.begin(), columns.end()),
        builder_(TypesOf(statement_->columns(), columns)) {}

  Result<bool> Next(table::BatchView& batch) override {
    TARN_ASSIGN(const auto page, statement_->NextPage());
    if (!page) return false;
    builder_.Clear();
    for (const auto& row : *page) TARN_TRY(AppendRow(row));
    batch = builder_.View();
    batch.rows = page->size();
    return true;
  }

 private:
  Status AppendRow(const codec::Json& row) {
    const auto data = row.find("Data");
    if (data == row.end() || !data->is_array() || data->size() != statement_->columns().fields.size()) {
      return Fail(ErrorCode::kInternal, "athena: a row with another number of values than there are columns");
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto& value = (*data)[columns_[i]];
      const auto text = value.find("VarCharValue");
      if (text == value.end() || text->is_null()) {
        builder_.column(i).AppendNull();
        continue;
      }
      if (!text->is_string()) return Fail(ErrorCode::kInternal, "athena: a value that is no text");
      if (const auto appended = AppendAthenaValue(text->get_ref<const std::string&>(), builder_.column(i)); !appended) {
        auto error = appended.error();
        error.message = "column " + statement_->columns().fields[columns_[i]].name + ": " + error.message;
        return std::unexpected(std::move(error));
      }
    }
    return {};
  }

  const std::unique_ptr<AthenaStatement> statement_;
  const std::vector<size_t> columns_;
  table::BatchBuilder builder_;
};

class AthenaRows final : public RowSource {
 public:
  explicit AthenaRows(std::unique_ptr<AthenaStatement> statement)
      : schema_(statement->columns()), statement_(std::move(statement)) {}

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }

  Result<std::unique_ptr<RowReader>> Open(size_t, std::span<const size_t> columns) override {
    if (is_open_.exchange(true)) return Fail(ErrorCode::kInternal, "rows of athena are read once");
    return std::make_unique<AthenaReader>(std::move(statement_), columns);
  }

 private:
  const table::Schema schema_;
  std::atomic<bool> is_open_{false};
  std::unique_ptr<AthenaStatement> statement_;
};

std::string LastPartOf(const TableName& name) { return name.table.substr(name.table.rfind('.') + 1); }

}  // namespace

AthenaEngine::AthenaEngine(Dependencies dependencies, AthenaSettings settings)
    : dependencies_(dependencies),
      settings_(std::move(settings)),
      athena_({dependencies.http, dependencies.credentials, dependencies.clock},
              {"athena", "AmazonAthena", settings_.region, settings_.endpoint}),
      glue_({dependencies.http, dependencies.credentials, dependencies.clock},
            {"glue", "AWSGlue", settings_.region, settings_.glue_endpoint}),
      tables_(glue_, settings_.database) {}

std::string AthenaEngine::TableText(const RemoteTable& table) const {
  const auto text = QuoteIdentifier(settings_.database) + "." + QuoteIdentifier(GlueNameOf(table.name));
  const auto alias = table.has_alias ? "" : " AS " + QuoteIdentifier(LastPartOf(table.name));
  if (table.snapshot_id) return text + " FOR VERSION AS OF " + std::to_string(*table.snapshot_id) + alias;
  return "(SELECT * FROM " + text + " WHERE 1 = 0)" + alias;
}

Status AthenaEngine::CheckTable(const RemoteTable& table) const {
  if (table.metadata_uri.starts_with("s3://")) return {};
  return Fail(ErrorCode::kInvalidArgument, "athena reads the lake's own tables that lie in a bucket");
}

std::string AthenaEngine::TimeText(Timestamp at, bool with_zone) const {
  auto text = FormatTimestamp(at);
  std::ranges::replace(text, 'T', ' ');
  text.pop_back();  // the Z
  return "TIMESTAMP " + QuoteLiteral(text + (with_zone ? " UTC" : ""));
}

Result<std::shared_ptr<RowSource>> AthenaEngine::Query(const RemoteQuery& query) {
  TARN_TRY(tables_.Show(query.tables, query.deadline, query.stop));
  AthenaPlace place{settings_.database, settings_.workgroup, NewUuid(dependencies_.randomness),
                    dependencies_.folders.Make()};
  TARN_ASSIGN(auto statement, AthenaStatement::Run(athena_, query, std::move(place)));
  return std::make_shared<AthenaRows>(std::move(statement));
}

}  // namespace tarn::engine
