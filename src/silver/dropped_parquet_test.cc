// SPDX-License-Identifier: Apache-2.0
// Dropped Parquet files on their way through bronze into silver, on a whole lake in memory.
#include <gmock/gmock.h>

#include "bronze/file_intake.h"
#include "engine/duckdb/parquet_files.h"
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using bronze::DroppedFile;
using bronze::FileClaim;
using bronze::FileIntake;
using testing::HasSubstr;

class DroppedParquetTest : public LakeTest {
 protected:
  void SetUp() override {
    LakeTest::SetUp();
    Restart();
  }

  /// Another process: nothing of the last one is remembered.
  void Restart() {
    files_ = std::make_unique<engine::DuckDbParquetFiles>(store_);
    bronze_ = std::make_unique<bronze::Bronze>(
        bronze::Bronze::Dependencies{store_, log_->tail(), registry_, clock_, randomness_, "node:n1", 1,
                                     [] { return Status(); }, reviews_, files_.get()});
    catalog_.AddLayer("bronze", *bronze_);
    intake_ = std::make_unique<FileIntake>(
        FileIntake::Dependencies{store_, *bronze_, registry_, clock_, randomness_, metrics_, 1, [] { return Status(); },
                                 [this](const std::string&, const std::string&, uint64_t) { OnEntry(); }, kSmall});
  }

  void OnEntry() {
    if (++entries_ == stop_after_) intake_->Stop();
  }

  DroppedFile Drop(const std::string& name, const std::string& select) {
    const auto key = "bronze/sales/orders/_files/" + std::to_string(++drops_);
    const auto workspace = engine_->OpenWorkspace({});
    EXPECT_THAT(workspace, IsOk());
    EXPECT_THAT((*workspace)->Export({select, engine::FileFormat::kParquet, key}), IsOk());
    DroppedFile file;
    file.domain = "sales";
    file.table = "orders";
    file.key = key;
    file.name = name;
    file.etag = name;
    file.request_id = "r";
    return file;
  }

  FileClaim Take(const DroppedFile& file) {
    const auto taken = intake_->Take(file);
    EXPECT_THAT(taken, IsOk());
    return taken ? taken->claim : FileClaim();
  }

  void MergeAll() {
    while (MergeOnce().committed) {
    }
  }

  static constexpr bronze::FileScan::Limits kSmall{.slice_bytes = 8'000, .slice_rows = 100, .slices_per_entry = 4};

  int entries_ = 0;
  int stop_after_ = 0;  ///< 0 = never
  int drops_ = 0;
  std::unique_ptr<engine::DuckDbParquetFiles> files_;
  std::unique_ptr<FileIntake> intake_;
};

TEST_F(DroppedParquetTest, RowsKeepTheirValuesAndMergeByKey) {
  Create("id integer key, amount decimal, seen timestamp, v json");
  const auto file = Drop("a.parquet",
                         "SELECT 1::BIGINT AS id, 123456789012345678.125::DECIMAL(38,3) AS amount, "
                         "TIMESTAMP '2026-01-02 03:04:05.678' AS seen, {'l': [1, 2], 'm': MAP {'k': 'x'}} AS v, "
                         "9223372036854775807 AS big");
  const auto claim = Take(file);
  EXPECT_EQ(claim.rows, 1U);
  EXPECT_EQ(claim.quarantined, 0U);
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, amount, seen = TIMESTAMPTZ '2026-01-02 03:04:05.678+00', v, big FROM sales.silver.orders"),
            "1|123456789012345678.125000000|true|{\"l\":[1,2],\"m\":{\"k\":\"x\"}}|"
            "9223372036854775807");
  EXPECT_EQ(Rows("SELECT id, _offset, _disposition FROM sales.bronze.orders"), "1|f1-1|valid");
  EXPECT_TRUE(intake_->Take(file)->was_taken_before);
}

TEST_F(DroppedParquetTest, BadRowsGoToQuarantineOneByOne) {
  Create("id integer key, x double");
  const auto claim = Take(Drop("a.parquet",
                               "SELECT CASE WHEN range = 2 THEN NULL ELSE range END AS id, "
                               "CASE WHEN range = 1 THEN 'NaN'::DOUBLE ELSE range / 2 END AS x FROM range(4)"));
  EXPECT_EQ(claim.rows, 4U);
  EXPECT_EQ(claim.quarantined, 2U);
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, x FROM sales.silver.orders ORDER BY id"), "0|0.0;3|1.5");
  const auto refused = Rows("SELECT id, payload FROM sales.quarantine.orders ORDER BY id");
  EXPECT_THAT(refused, HasSubstr("f1-2|\"{\\\"id\\\":1,\\\"x\\\":NaN}\""));
  EXPECT_THAT(refused, HasSubstr("f1-3|{\"id\":null,\"x\":1.0}"));
}

TEST_F(DroppedParquetTest, AHalfTakenFileGoesOnBehindItsLastEntryAfterARestart) {
  Create("id integer, f string");
  const auto file = Drop("a.parquet", "SELECT range AS id, repeat('x', 90) AS f FROM range(5000)");
  stop_after_ = 2;
  EXPECT_THAT(intake_->Take(file), ErrorIs(ErrorCode::kUnavailable));
  Restart();
  const auto taken = Take(file);
  EXPECT_EQ(taken.rows, 5'000U);
  EXPECT_EQ(static_cast<uint64_t>(entries_), taken.last_entry - taken.first_entry + 1);
  EXPECT_GT(entries_, 10);
  MergeAll();
  EXPECT_EQ(Rows("SELECT count(*), count(DISTINCT id), sum(id), min(length(f)) FROM sales.silver.orders"),
            "5000|5000|12497500|90");
  EXPECT_EQ(Rows("SELECT count(*), sum(id) FROM sales.bronze.orders"), "5000|12497500");
}

TEST_F(DroppedParquetTest, AChangedFileIsDamageNotOtherRows) {
  Create("id integer");
  const auto file = Drop("a.parquet", "SELECT range AS id FROM range(10)");
  Take(file);
  const auto other = Drop("b.parquet", "SELECT range + 1 AS id FROM range(10)");
  const auto body = *store_.Get(other.key);
  ASSERT_THAT(store_.Delete(file.key), IsOk());
  const store::PutRequest put{file.key, body};
  ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  EXPECT_THAT(Rows("SELECT id FROM sales.bronze.orders"), HasSubstr("differs from its bronze log entry"));
}

TEST_F(DroppedParquetTest, WhatIsNoParquetFileIsRefusedOrQuarantined) {
  Create("id integer");
  auto file = Drop("a.parquet", "SELECT 1 AS id");
  auto body = *store_.Get(file.key);
  body.resize(body.size() - 6);
  ASSERT_THAT(store_.Delete(file.key), IsOk());
  const store::PutRequest put{file.key, body};
  ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  EXPECT_THAT(intake_->Take(file), ErrorIs(ErrorCode::kInvalidArgument));
  file.unreadable = DroppedFile::Unreadable::kQuarantine;
  EXPECT_THAT(Take(file).error, HasSubstr("the Parquet file cannot be read"));
  EXPECT_THAT(Rows("SELECT id, reason FROM sales.quarantine.orders"), HasSubstr("f1-1|the Parquet file"));
}

}  // namespace
}  // namespace tarn::silver
