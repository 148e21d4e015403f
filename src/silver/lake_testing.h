// SPDX-License-Identifier: Apache-2.0
#pragma once
// A whole lake in memory for tests: posts go in at ingest, rows come out by SQL. Nothing runs by itself; Land and Merge
// do one step each. For *_test.cc files only.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "bronze/bronze.h"
#include "engine/duckdb/duckdb_engine.h"
#include "engine/duckdb/parquet_codec.h"
#include "ingest/idempotency.h"
#include "ingest/ingest.h"
#include "ingest/node_log.h"
#include "lake/table_formats.h"
#include "silver/silver.h"
#include "store/faulty/simulated_disk.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_format.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::silver {

class LakeTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(registry_.Open(), IsOk());
    OpenLog(1);
    bronze_ = std::make_unique<bronze::Bronze>(bronze::Bronze::Dependencies{
        store_, log_->tail(), registry_, clock_, randomness_, "node:n1", 1, [] { return Status(); }, reviews_});
    ASSERT_OK_AND_ASSIGN(
        engine_, engine::DuckDbEngine::Open({.temp_directory = testing::TempDir() + "tarn_silver"}, store_, catalog_));
    silver_ = std::make_unique<Silver>(Dependencies(), metrics_);
    catalog_.AddLayer("bronze", *bronze_);
    catalog_.AddLayer("silver", *silver_);
    catalog_.AddLayer("quarantine", quarantine_);
    quarantine_.AddFeed([this](const std::string& domain, const std::string& table) {
      return bronze_->QuarantineUnits(domain, table);
    });
    quarantine_.AddFeed([this](const std::string& domain, const std::string& table) {
      return silver_->QuarantineUnits(domain, table);
    });
    quarantine_.SetReplayer([this](const std::string& domain, const std::string& table) -> Status {
      TARN_TRY(bronze_->AppendReplays(domain, table));
      return {};
    });
  }

  MergeDependencies Dependencies() {
    return {store_,    *engine_,       tables_,    *bronze_, registry_, clock_, randomness_, [] { return Status(); },
            &parquet_, merge_on_read_, cost_rule_, &reviews_};
  }

  void OpenLog(uint64_t incarnation) {
    ingest::NodeLog::Request request;
    request.data_dir = "/data";
    request.lake_id = "lake";
    request.incarnation = incarnation;
    request.limits.first_segment_bytes = 1U << 20;
    request.limits.segment_bytes = 1U << 20;
    request.landed = [](const ingest::EndpointKey&) { return Result<std::optional<lake::Offset>>(std::nullopt); };
    request.on_fatal = [](const Error& error) { FAIL() << error.ToString(); };
    request.threads = ingest::LogThreads::kNone;
    ASSERT_THAT(disk_.MakeDirectories("/data"), IsOk());
    ASSERT_OK_AND_ASSIGN(log_, ingest::NodeLog::Open({disk_, clock_, metrics_}, std::move(request)));
    log_->RunUpkeep();
    ingest_ = std::make_unique<ingest::Ingest>(ingest::Ingest::Dependencies{registry_, *log_, idempotency_, metrics_},
                                               ingest::Ingest::Limits{});
  }

  /// Columns as "name type[ key][ required]", comma-separated.
  contract::EndpointPtr Create(const std::string& columns, const std::string& sequence_by = "",
                               contract::Mode mode = contract::Mode::kManual) {
    auto draft = DraftOf(columns, sequence_by);
    draft.mode = mode;
    return CreateFrom(draft);
  }

  contract::ContractDraft DraftOf(const std::string& columns, const std::string& sequence_by = "") const {
    contract::ContractDraft draft;
    draft.domain = "sales";
    draft.name = "orders";
    draft.format = table_format_;
    draft.columns = Columns(columns);
    if (!sequence_by.empty()) draft.sequence_by = sequence_by;
    return draft;
  }

  contract::EndpointPtr CreateFrom(const contract::ContractDraft& draft) {
    auto created = registry_.Create(draft);
    EXPECT_THAT(created, IsOk());
    return created ? *created : nullptr;
  }

  contract::EndpointPtr Change(const contract::ContractDraft& draft) {
    std::vector<contract::IncompatibleChange> incompatible;
    auto changed = registry_.Update(draft, [] { return Result<bool>(true); }, incompatible);
    EXPECT_THAT(changed, IsOk());
    return changed ? *changed : nullptr;
  }

  static std::vector<contract::Column> Columns(const std::string& text);

  /// Posts a batch body (a JSON array); returns the answer's members.
  std::string Post(std::string body, contract::Operation operation = contract::Operation::kUpsert) {
    body.reserve(body.size() + ingest::kFramePadding);
    ingest::IngestRequest request;
    request.endpoint = registry_.Find("sales", "orders");
    request.body = body;
    request.shape = contract::BodyShape::kBatch;
    request.operation = operation;
    request.request_id = "r";
    std::string members;
    ingest_->Submit(request, [&](ingest::IngestAnswer answer) {
      EXPECT_EQ(answer.status, 200) << answer.members;
      members = answer.members;
    });
    log_->WriteGroups();
    return members;
  }

  void Land() {
    const auto landed = bronze_->LandOnce("sales", "orders", UINT64_MAX);
    EXPECT_THAT(landed, IsOk());
  }

  Merge::Outcome MergeOnce() {
    Merge merge(Dependencies());
    const auto outcome = merge.RunOnce("sales", "orders");
    EXPECT_THAT(outcome, IsOk());
    return outcome ? *outcome : Merge::Outcome{};
  }

  /// Posts, lands and merges.
  void Put(const std::string& body, contract::Operation operation = contract::Operation::kUpsert) {
    Post(body, operation);
    Land();
    EXPECT_TRUE(MergeOnce().committed);
  }

  /// Of the table's newest commit.
  Counters CountersNow() {
    const auto figures = silver_->FiguresOf("sales", "orders");
    EXPECT_THAT(figures, IsOk());
    return figures ? figures->counters : Counters();
  }

  /// Rows of a SELECT as "a|b;c|d" in its order; the error's message when it fails.
  std::string Rows(const std::string& sql);

  SystemClock clock_;
  SeededRandomness randomness_{42};
  MetricRegistry metrics_;
  store::MemoryStore store_;
  store::SimulatedDisk disk_;
  engine::DuckDbParquetCodec parquet_;
  table::delta::DeltaFormat delta_{table::delta::DeltaFormat::Options{.engine_info = "tarn", .parquet = &parquet_}};
  table::iceberg::IcebergFormat iceberg_{{.writer_version = "1", .root = "memory:", .parquet = &parquet_}};
  lake::TableFormats formats_{{&delta_, &iceberg_}};
  std::string table_format_ = "delta";  ///< of endpoints that are created
  lake::OpenTables tables_{{store_, formats_, clock_, randomness_}};
  contract::Registry registry_{store_, clock_, "test", "delta"};
  quarantine::StateLogs reviews_{store_, clock_};
  quarantine::Quarantine quarantine_{{store_, registry_, reviews_, clock_, randomness_, [] { return Status(); }}};
  ingest::IdempotencyMap idempotency_{store_, clock_, "n1", {}};
  lake::Catalog catalog_;
  bool merge_on_read_ = false;
  CostRule cost_rule_;
  std::unique_ptr<ingest::NodeLog> log_;
  std::unique_ptr<ingest::Ingest> ingest_;
  std::unique_ptr<bronze::Bronze> bronze_;
  std::unique_ptr<engine::DuckDbEngine> engine_;
  std::unique_ptr<Silver> silver_;
};

inline std::vector<contract::Column> LakeTest::Columns(const std::string& text) {
  std::vector<contract::Column> columns;
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto part = text.substr(at, end - at);
    const auto name_start = part.find_first_not_of(' ');
    const auto name_end = part.find(' ', name_start);
    const auto type_end = std::min(part.find(' ', name_end + 1), part.size());
    contract::Column column;
    column.name = part.substr(name_start, name_end - name_start);
    EXPECT_TRUE(contract::ReadTypeWord(part.substr(name_end + 1, type_end - name_end - 1), column)) << part;
    column.primary_key = part.find(" key") != std::string::npos;
    column.required = part.find(" required") != std::string::npos;
    columns.push_back(std::move(column));
    at = end + 1;
  }
  return columns;
}

inline std::string LakeTest::Rows(const std::string& sql) {
  engine::QueryRequest request;
  request.sql =
      "SELECT list_reduce(list_transform(list_value(*COLUMNS(*)), x -> coalesce(x, 'NULL')), (a, b) -> a || '|' || b) "
      "FROM (SELECT COLUMNS(*)::VARCHAR FROM (" +
      sql + "))";
  const auto stream = engine_->Query(request);
  if (!stream) return stream.error().message;
  std::string text;
  table::BatchView batch;
  for (;;) {
    const auto more = (*stream)->Next(batch);
    if (!more) return more.error().message;
    if (!*more) return text;
    for (size_t row = 0; row < batch.rows; ++row) {
      if (!text.empty()) text += ";";
      text += batch.columns[0].At<std::string_view>(row);
    }
  }
}

}  // namespace tarn::silver
