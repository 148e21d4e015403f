// SPDX-License-Identifier: Apache-2.0
#include "upkeep/system_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "codec/json.h"
#include "upkeep/table_health.h"

namespace tarn::upkeep {
namespace {

using table::TypeKind;

constexpr const char* kDomain = "tarn";
constexpr const char* kRunsTable = "upkeep_runs";
constexpr const char* kHealthTable = "tables";
constexpr const char* kLedgerTable = "ledger";
constexpr const char* kFilesTable = "files";

/// Rows made once, of text, integers and time stamps.
class ValueRows final : public engine::RowSource {
 public:
  using Row = std::vector<table::Value>;
  using Columns = std::vector<std::pair<std::string, TypeKind>>;

  ValueRows(const Columns& columns, std::vector<Row> rows) : rows_(std::move(rows)) {
    for (const auto& [name, kind] : columns) schema_.fields.push_back({0, name, table::Scalar(kind), true});
    table::AssignFieldIds(schema_, 0);
  }

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return rows_.size(); }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

  const std::vector<Row>& rows() const { return rows_; }

 private:
  table::Schema schema_;
  std::vector<Row> rows_;
};

void AppendCell(const table::Value& value, table::ColumnBuilder& out) {
  if (const auto* text = std::get_if<std::string>(&value)) return out.AppendString(*text);
  if (const auto* number = std::get_if<int64_t>(&value)) return out.AppendInt64(*number);
  if (const auto* at = std::get_if<table::TimestampValue>(&value)) return out.AppendInt64(at->micros);
  out.AppendNull();
}

class Reader final : public engine::RowReader {
 public:
  Reader(const ValueRows& source, std::span<const size_t> columns)
      : source_(source), columns_(columns.begin(), columns.end()), builder_(TypesOf(source, columns)) {}

  Result<bool> Next(table::BatchView& batch) override {
    builder_.Clear();
    const auto rows = std::min(kMaxBatchRows, source_.rows().size() - at_);
    for (size_t row = 0; row < rows; ++row, ++at_) {
      for (size_t i = 0; i < columns_.size(); ++i) AppendCell(source_.rows()[at_][columns_[i]], builder_.column(i));
    }
    batch = builder_.View();
    batch.rows = rows;
    return rows > 0;
  }

 private:
  static std::vector<table::DataType> TypesOf(const ValueRows& source, std::span<const size_t> columns) {
    std::vector<table::DataType> types;
    for (const auto column : columns) types.push_back(source.schema().fields[column].type);
    return types;
  }

  const ValueRows& source_;
  std::vector<size_t> columns_;
  table::BatchBuilder builder_;
  size_t at_ = 0;
};

Result<std::unique_ptr<engine::RowReader>> ValueRows::Open(size_t, std::span<const size_t> columns) {
  return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(*this, columns));
}

table::Value At(Timestamp at) {
  if (at.micros == 0) return {};
  return table::TimestampValue{at.micros, true};
}

table::Value Count(int64_t count) { return count < 0 ? table::Value() : table::Value(count); }

table::Value Text(const std::string& text) { return text.empty() ? table::Value() : table::Value(text); }

std::shared_ptr<ValueRows> RunRows(const RunLog& runs) {
  std::vector<ValueRows::Row> rows;
  for (const auto& run : runs.Runs()) {
    rows.push_back({static_cast<int64_t>(run.number), std::string(VerbName(run.verb)), run.table,
                    std::string(run.trigger == Trigger::kLoop ? "loop" : "request"),
                    std::string(run.dry_run ? "true" : "false"), run.status, At(run.started_at), At(run.stopped_at),
                    codec::Dump(codec::Json(run.figures)), Text(run.error)});
  }
  const ValueRows::Columns columns{{"run", TypeKind::kInt64},
                                   {"verb", TypeKind::kString},
                                   {"table_name", TypeKind::kString},
                                   {"trigger", TypeKind::kString},
                                   {"dry_run", TypeKind::kString},
                                   {"status", TypeKind::kString},
                                   {"started_at", TypeKind::kTimestamp},
                                   {"stopped_at", TypeKind::kTimestamp},
                                   {"figures", TypeKind::kJson},
                                   {"error", TypeKind::kString}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

std::shared_ptr<ValueRows> HealthRows(const std::vector<TableHealth>& all) {
  std::vector<ValueRows::Row> rows;
  for (const auto& health : all) {
    rows.push_back(
        {health.table.domain, health.table.layer, health.table.table, static_cast<int64_t>(health.table.generation),
         health.version, At(health.committed_at), Count(health.rows), Count(health.stored_rows), health.size_bytes,
         static_cast<int64_t>(health.files), static_cast<int64_t>(health.small_files),
         static_cast<int64_t>(health.delete_files), static_cast<int64_t>(health.log_versions), Text(health.mirror),
         health.mirror.empty() ? table::Value() : Count(health.mirror_lag), Text(health.mirror_error)});
  }
  const ValueRows::Columns columns{
      {"domain", TypeKind::kString},      {"layer", TypeKind::kString},      {"table_name", TypeKind::kString},
      {"generation", TypeKind::kInt64},   {"version", TypeKind::kInt64},     {"committed_at", TypeKind::kTimestamp},
      {"row_count", TypeKind::kInt64},    {"stored_rows", TypeKind::kInt64}, {"size_bytes", TypeKind::kInt64},
      {"files", TypeKind::kInt64},        {"small_files", TypeKind::kInt64}, {"delete_files", TypeKind::kInt64},
      {"log_versions", TypeKind::kInt64}, {"mirror", TypeKind::kString},     {"mirror_lag", TypeKind::kInt64},
      {"mirror_error", TypeKind::kString}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

/// Endpoints with records or with a table: those that were purged and not made again have a bronze log only.
Result<std::set<std::pair<std::string, std::string>>> EndpointsOf(store::ObjectStore& store, silver::Silver& silver) {
  std::set<std::pair<std::string, std::string>> names;
  TARN_ASSIGN(const auto live, silver.Domains());
  for (const auto& domain : live) {
    TARN_ASSIGN(const auto tables, silver.Tables(domain));
    for (const auto& table : tables) names.emplace(domain, table);
  }
  TARN_ASSIGN(const auto domains, store.ListFolders("bronze/"));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto tables, store.ListFolders("bronze/" + domain + "/"));
    for (const auto& table : tables) names.emplace(domain, table);
  }
  return names;
}

table::Value Number(uint64_t number) {
  return number == 0 ? table::Value() : table::Value(static_cast<int64_t>(number));
}

Result<std::shared_ptr<ValueRows>> LedgerRows(store::ObjectStore& store, silver::Silver& silver) {
  std::vector<ValueRows::Row> rows;
  TARN_ASSIGN(const auto endpoints, EndpointsOf(store, silver));
  for (const auto& [domain, name] : endpoints) {
    auto ledger = silver.LedgerOf(domain, name);
    if (!ledger) return Fail(std::move(ledger).error().In("the ledger of " + domain + "/" + name));
    for (const auto& one : *ledger) {
      rows.push_back({domain, name, Number(one.folder_generation), Number(one.first_entry), Number(one.last_entry),
                      one.until ? At(*one.until) : table::Value(), one.received, one.stored, one.applied,
                      one.superseded, one.deleted, one.quarantined, one.rolled_back, one.pending, one.purged,
                      one.Difference()});
    }
  }
  const ValueRows::Columns columns{
      {"domain", TypeKind::kString},     {"endpoint", TypeKind::kString},  {"generation", TypeKind::kInt64},
      {"first_entry", TypeKind::kInt64}, {"last_entry", TypeKind::kInt64}, {"until", TypeKind::kTimestamp},
      {"received", TypeKind::kInt64},    {"stored", TypeKind::kInt64},     {"applied", TypeKind::kInt64},
      {"superseded", TypeKind::kInt64},  {"deleted", TypeKind::kInt64},    {"quarantined", TypeKind::kInt64},
      {"rolled_back", TypeKind::kInt64}, {"pending", TypeKind::kInt64},    {"purged", TypeKind::kInt64},
      {"difference", TypeKind::kInt64}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

ValueRows::Row FileRow(const bronze::TakenFile& file) {
  const auto& part = file.part;
  const auto* state = !part.ends ? "open" : part.error.empty() ? "taken" : "failed";
  const auto count = [](uint64_t number) { return static_cast<int64_t>(number); };
  return {file.domain,
          file.table,
          part.name,
          std::string(state),
          std::string(bronze::FileKindWord(part.format.kind)),
          std::string(bronze::CompressionWord(part.format.compression)),
          count(part.size_bytes),
          part.etag,
          Text(file.key),
          count(part.rows),
          count(part.quarantined),
          lake::Offset::OfFile(part.number, 1).ToString(),
          count(file.first_entry),
          count(file.last_entry),
          At(part.insert_date),
          At(file.taken_at),
          Text(part.error)};
}

Result<std::shared_ptr<ValueRows>> FileRows(bronze::Bronze& bronze) {
  std::vector<ValueRows::Row> rows;
  for (const auto& endpoint : bronze.Endpoints()) {
    TARN_ASSIGN(const auto files, bronze.FilesOf(endpoint.domain, endpoint.table));
    for (const auto& file : files) rows.push_back(FileRow(file));
  }
  const ValueRows::Columns columns{
      {"domain", TypeKind::kString},      {"table_name", TypeKind::kString}, {"name", TypeKind::kString},
      {"status", TypeKind::kString},      {"format", TypeKind::kString},     {"compression", TypeKind::kString},
      {"size_bytes", TypeKind::kInt64},   {"etag", TypeKind::kString},       {"object", TypeKind::kString},
      {"row_count", TypeKind::kInt64},    {"quarantined", TypeKind::kInt64}, {"receipt", TypeKind::kString},
      {"first_entry", TypeKind::kInt64},  {"last_entry", TypeKind::kInt64},  {"arrived_at", TypeKind::kTimestamp},
      {"taken_at", TypeKind::kTimestamp}, {"error", TypeKind::kString}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

}  // namespace

Result<engine::BoundTablePtr> SystemTables::Resolve(const std::string& domain, const std::string& table,
                                                    const std::optional<engine::TimeTravel>& at) {
  if (at) return Fail(ErrorCode::kUnsupported, "system tables keep no versions: AT is for silver and gold");
  std::shared_ptr<ValueRows> rows;
  if (domain == kDomain && table == kRunsTable) rows = RunRows(runs_);
  if (domain == kDomain && table == kFilesTable) {
    TARN_ASSIGN(rows, FileRows(bronze_));
  }
  if (domain == kDomain && table == kHealthTable) {
    TARN_ASSIGN(const auto health, LoadTableHealth(store_, tables_));
    rows = HealthRows(health);
  }
  if (domain == kDomain && table == kLedgerTable) {
    TARN_ASSIGN(rows, LedgerRows(store_, silver_));
  }
  if (!rows) return Fail(ErrorCode::kNotFound, "no such system table: " + domain + ".system." + table);
  auto bound = std::make_shared<engine::BoundTable>();
  bound->visible = rows->schema();
  bound->source = std::shared_ptr<engine::RowSource>(std::move(rows));
  return engine::BoundTablePtr(std::move(bound));
}

Result<std::vector<std::string>> SystemTables::Domains() { return std::vector<std::string>{kDomain}; }

Result<std::vector<std::string>> SystemTables::Tables(const std::string& domain) {
  if (domain != kDomain) return std::vector<std::string>();
  return std::vector<std::string>{kFilesTable, kHealthTable, kLedgerTable, kRunsTable};
}

}  // namespace tarn::upkeep
