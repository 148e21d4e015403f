// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/athena_engine.h"

#include <utility>
#include <vector>

#include "engine/athena/athena_statement.h"
#include "engine/athena/athena_values.h"
#include "engine/query_engine.h"
#include "engine/trino/statement_rows.h"
#include "engine/trino/trino_literals.h"
#include "table/batch.h"

namespace tarn::engine {
namespace {

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
        return FailIn(statement_->columns().fields[columns_[i]], appended.error());
      }
    }
    return {};
  }

  const std::unique_ptr<AthenaStatement> statement_;
  const std::vector<size_t> columns_;
  table::BatchBuilder builder_;
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

std::string AthenaEngine::TimeText(Timestamp at, bool with_zone) const { return TrinoTimeLiteral(at, with_zone); }

Result<std::shared_ptr<RowSource>> AthenaEngine::Query(const RemoteQuery& query) {
  TARN_TRY(tables_.Show(query.tables, query.deadline, query.stop));
  AthenaPlace place{settings_.database, settings_.workgroup, NewUuid(dependencies_.randomness),
                    dependencies_.folders.Make()};
  TARN_ASSIGN(auto statement, AthenaStatement::Run(athena_, query, std::move(place)));
  return std::make_shared<StatementRows<AthenaStatement, AthenaReader>>(std::move(statement));
}

}  // namespace tarn::engine
