// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs that run on a real engine and a lake in memory. For *_test.cc files only.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/result_matchers.h"
#include "engine/duckdb/duckdb_engine.h"
#include "gold/gold_tables.h"
#include "gold/runner.h"
#include "lake/table_formats.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_format.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::gold {

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(
        engine_, engine::DuckDbEngine::Open({.temp_directory = testing::TempDir() + "tarn_gold"}, store_, catalog_));
    catalog_.AddLayer("gold", gold_tables_);
    Restart();
  }

  void TearDown() override { runner_.reset(); }

  void Restart() {
    runner_.reset();
    runs_ = std::make_unique<Runs>(store_, clock_);
    runner_ = std::make_unique<Runner>(Runner::Dependencies{*engine_, catalog_, tables_, jobs_, *runs_, clock_,
                                                            metrics_, test_results_, [this] { return seat_; }});
    ASSERT_THAT(runner_->Start(), IsOk());
  }

  JobPtr Save(const std::string& name, const std::string& query, WriteMode mode, std::vector<std::string> key = {},
              std::vector<quality::Test> tests = {}) {
    Job job;
    job.domain = "sales";
    job.name = name;
    job.query = query;
    job.write_mode = mode;
    job.unique_key = std::move(key);
    job.tests = std::move(tests);
    quality::NameTests(name, job.tests);
    job.retries = 0;
    job.format = table_format_;
    const auto present = jobs_.Find("sales", name);
    auto saved = present ? jobs_.Replace(job) : jobs_.Create(job);
    EXPECT_THAT(saved, IsOk());
    return *saved;
  }

  /// Runs a job and waits for its end.
  Execution Run(const std::string& name) {
    auto started = runner_->Run("sales", name, {});
    EXPECT_THAT(started, IsOk());
    return Await(name, started->run);
  }

  Execution Await(const std::string& name, uint64_t run) {
    for (;;) {
      const auto found = runs_->Find({"sales", name, run});
      EXPECT_THAT(found, IsOk());
      if (*found && IsFinal((*found)->status)) return **found;
      std::this_thread::yield();
    }
  }

  std::string Rows(const std::string& sql) {
    engine::QueryRequest request;
    request.sql = "SELECT coalesce(string_agg(t::VARCHAR, ' ' ORDER BY t::VARCHAR), '') FROM (" + sql + ") t";
    const auto stream = engine_->Query(request);
    if (!stream) return stream.error().message;
    table::BatchView batch;
    const auto more = (*stream)->Next(batch);
    if (!more) return more.error().message;
    return std::string(batch.columns[0].At<std::string_view>(0));
  }

  SystemClock clock_;
  SystemRandomness randomness_;
  MetricRegistry metrics_;
  store::MemoryStore store_;
  table::delta::DeltaFormat delta_{table::delta::DeltaFormat::Options{}};
  table::iceberg::IcebergFormat iceberg_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  lake::TableFormats formats_{{&delta_, &iceberg_}};
  std::string table_format_ = "delta";  ///< of jobs that are saved
  lake::OpenTables tables_{{store_, formats_, clock_, randomness_}};
  Jobs jobs_{store_, clock_};
  quality::TestResults test_results_{store_, clock_};
  lake::Catalog catalog_;
  GoldTables gold_tables_{jobs_, tables_, [] { return Status(); }};
  std::unique_ptr<engine::DuckDbEngine> engine_;
  std::unique_ptr<Runs> runs_;
  std::unique_ptr<Runner> runner_;
  Status seat_;
};

}  // namespace tarn::gold
