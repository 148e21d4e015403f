// SPDX-License-Identifier: Apache-2.0
// Monitors over tables of both formats, on a clock that the test moves.

#include "quality/monitor_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "lake/alert_keys.h"
#include "lake/catalog.h"
#include "lake/table_formats.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_testing.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::quality {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using table::Scalar;
using table::TypeKind;
using testing::HasSubstr;

constexpr const char* kLocation = "gold/sales/orders";

/// The one table, once it is there.
class OneTable final : public lake::LayerTables {
 public:
  explicit OneTable(lake::OpenTables& tables) : tables_(tables) {}
  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>&) override {
    if (fails_) return Fail(ErrorCode::kUnavailable, "the store is away");
    TARN_ASSIGN(const auto snapshot, tables_.Get(kLocation)->Load());
    if (domain == "sales" && table == "orders" && snapshot->exists()) return engine::BindSnapshot(kLocation, snapshot);
    return Fail(ErrorCode::kNotFound, "no such table");
  }
  Result<std::vector<std::string>> Domains() override { return std::vector<std::string>{"sales"}; }
  Result<std::vector<std::string>> Tables(const std::string&) override { return std::vector<std::string>{"orders"}; }
  void Break(bool fails) { fails_ = fails; }

 private:
  lake::OpenTables& tables_;
  bool fails_ = false;
};

/// The parameter is the table's format.
class MonitorWatchTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    catalog_.AddLayer("gold", layer_);
    Restart();
  }

  void Restart() {
    monitors_ = std::make_unique<Monitors>(store_, clock_);
    ASSERT_THAT(monitors_->Open(), IsOk());
    watch_ = std::make_unique<MonitorWatch>(
        MonitorWatch::Dependencies{*monitors_, store_, catalog_, tables_, clock_, metrics_}, seconds(10));
    watch_->OnResult([this](const Monitor& monitor, const MonitorResult& result) {
      if (!listener_status_) return listener_status_;
      heard_.push_back(monitor.name + " " + std::string(MonitorStatusName(result.status)));
      return Status();
    });
  }

  Monitor MonitorOf(MonitorKind kind) {
    Monitor monitor;
    monitor.name = "m";
    monitor.table = {"sales", "gold", "orders"};
    monitor.kind = kind;
    return monitor;
  }
  Monitor VolumeOf(std::optional<double> min, std::optional<double> max) {
    auto monitor = MonitorOf(MonitorKind::kVolume);
    monitor.interval_text = "1h";
    monitor.interval = hours(1);
    monitor.min = min;
    monitor.max = max;
    return monitor;
  }
  void Save(Monitor monitor) {
    ASSERT_THAT(monitors_->Save(std::move(monitor)), IsOk());
    watch_->Look();
  }

  int64_t Commit(int64_t rows, std::optional<int64_t> nulls = 0, const std::string& operation = "WRITE") {
    table::CommitIntent intent;
    intent.operation = operation;
    intent.format = GetParam();
    if (commits_ == 0) intent.schema = schema_;
    auto file = table::delta::FileOf(std::to_string(++commits_), rows);
    if (nulls) file.stats[2].null_count = *nulls;
    intent.add = {file};
    return CommitThat(std::move(intent));
  }

  int64_t CommitThat(table::CommitIntent intent) {
    const auto done = tables_.Get(kLocation)->Commit(table::Always(std::move(intent)));
    EXPECT_THAT(done, IsOk());
    watch_->OnCommit("sales.gold.orders");
    return done ? done->snapshot->snapshot_id : -1;
  }

  /// The newest file is written again as it was.
  void Compact(int64_t rows) {
    table::CommitIntent intent;
    intent.operation = "OPTIMIZE";
    intent.data_change = false;
    intent.remove = {"data/" + std::to_string(commits_) + ".parquet"};
    intent.add = {table::delta::FileOf(std::to_string(++commits_), rows)};
    CommitThat(std::move(intent));
  }

  void Pass(std::chrono::microseconds time) {
    clock_.Advance(time);
    watch_->Look();
  }
  /// To a little after the end of the hour, when late commits are in.
  void PassHour() {
    const auto hour = std::chrono::microseconds(hours(1)).count();
    Pass(std::chrono::microseconds(hour - clock_.Now().micros % hour) + seconds(3));
  }

  MonitorResult Found() { return watch_->ResultOf("m").value_or(MonitorResult()); }
  MonitorStatus status() { return Found().status; }

  ManualClock clock_{{1'767'225'600'000'000 + 1'200'000'000}};  ///< within an hour
  SeededRandomness randomness_{7};
  MetricRegistry metrics_;
  store::MemoryStore store_{store::MemoryStore::Options{.clock = &clock_}};
  table::delta::FakeParquet parquet_;
  table::delta::DeltaFormat delta_{{.parquet = &parquet_}};
  table::iceberg::IcebergFormat iceberg_{{.writer_version = "1", .root = "memory:", .parquet = &parquet_}};
  lake::TableFormats formats_{{&delta_, &iceberg_}};
  lake::OpenTables tables_{{store_, formats_, clock_, randomness_}};
  lake::Catalog catalog_;
  OneTable layer_{tables_};
  table::Schema schema_{.fields = {table::FieldOf(1, "id", Scalar(TypeKind::kInt64)),
                                   table::FieldOf(2, "name", Scalar(TypeKind::kString))}};
  std::unique_ptr<Monitors> monitors_;
  std::unique_ptr<MonitorWatch> watch_;
  std::vector<std::string> heard_;
  Status listener_status_;
  int64_t commits_ = 0;
};

TEST_P(MonitorWatchTest, TheVolumeOfAnIntervalIsJudgedOnceItIsOver) {
  Commit(1'000);
  Save(VolumeOf(10, 100));
  EXPECT_EQ(status(), MonitorStatus::kUnknown) << "what was there before is not counted";
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kUnknown) << "counting began within the hour";
  Commit(30);
  Pass(minutes(10));
  Commit(12);
  EXPECT_EQ(status(), MonitorStatus::kUnknown) << "the hour is not over";
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kPass);
  EXPECT_EQ(Found().value, 42);
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kFail);
  EXPECT_EQ(Found().value, 0);
  EXPECT_THAT(Found().message, HasSubstr("fewer than 10"));
  Commit(101);
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kFail);
  EXPECT_THAT(Found().message, HasSubstr("more than 100"));
}

TEST_P(MonitorWatchTest, CompactionIsNoVolume) {
  Commit(5);
  Save(VolumeOf(1, std::nullopt));
  PassHour();
  Commit(7);
  Compact(7);
  PassHour();
  EXPECT_EQ(Found().value, 7);
  Compact(7);
  PassHour();
  EXPECT_EQ(Found().value, 0);
  EXPECT_EQ(status(), MonitorStatus::kFail);
}

TEST_P(MonitorWatchTest, GrowthCountsWhatWentToo) {
  Commit(20);
  auto monitor = VolumeOf(std::nullopt, 50);
  monitor.measures_growth = true;
  Save(monitor);
  PassHour();
  table::CommitIntent intent;
  intent.operation = "MERGE";
  intent.remove = {"data/1.parquet"};
  intent.add = {table::delta::FileOf("next", 60)};
  CommitThat(std::move(intent));
  PassHour();
  EXPECT_EQ(Found().value, 40);
  EXPECT_EQ(status(), MonitorStatus::kPass);
}

TEST_P(MonitorWatchTest, ABaselineKnowsWhatIsUsual) {
  Commit(1);
  auto monitor = VolumeOf(std::nullopt, std::nullopt);
  monitor.baseline = Baseline{7, 3};
  Save(monitor);
  PassHour();
  for (const auto rows : {100, 104, 96, 100, 102}) {
    Commit(rows);
    PassHour();
    EXPECT_EQ(status(), MonitorStatus::kUnknown) << rows;
  }
  Commit(98);
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kPass) << Found().message;
  Commit(60);
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kFail) << Found().message;
}

TEST_P(MonitorWatchTest, FreshnessEndsByTimeAlone) {
  Commit(1);
  auto monitor = MonitorOf(MonitorKind::kFreshness);
  monitor.max_age_text = "2h";
  monitor.max_age = hours(2);
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kPass);
  Pass(minutes(119));
  Compact(1);
  EXPECT_EQ(status(), MonitorStatus::kPass);
  EXPECT_GT(watch_->Look(), clock_.Now());
  Pass(minutes(2));
  EXPECT_EQ(status(), MonitorStatus::kFail) << "compaction brings nothing fresh";
  EXPECT_THAT(Found().message, HasSubstr("more than 2h"));
  const auto since = Found().since;
  Pass(hours(3));
  EXPECT_EQ(Found().since, since);
  Commit(1);
  Pass(seconds(11));
  EXPECT_EQ(status(), MonitorStatus::kPass);
  EXPECT_GT(Found().since, since);
}

TEST_P(MonitorWatchTest, ATableThatNeverCameIsNotFresh) {
  auto monitor = MonitorOf(MonitorKind::kFreshness);
  monitor.max_age_text = "2h";
  monitor.max_age = hours(2);
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kPass);
  Pass(hours(2) + seconds(1));
  EXPECT_EQ(status(), MonitorStatus::kFail);
  EXPECT_THAT(Found().message, HasSubstr("no commit has changed rows yet"));
}

TEST_P(MonitorWatchTest, TheRateOfNullsComesFromStatistics) {
  Commit(90, 0);
  auto monitor = MonitorOf(MonitorKind::kNullRate);
  monitor.column = "name";
  monitor.max = 0.1;
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kPass);
  Commit(10, 10);
  Pass(seconds(11));
  EXPECT_EQ(status(), MonitorStatus::kPass);
  EXPECT_EQ(Found().value, 0.1);
  Commit(10, 10);
  Pass(seconds(11));
  EXPECT_EQ(status(), MonitorStatus::kFail);
  EXPECT_THAT(Found().message, HasSubstr("null in 20 of 110 rows"));
}

TEST_P(MonitorWatchTest, FilesThatDoNotTellAreNoPass) {
  Commit(90, std::nullopt);
  auto monitor = MonitorOf(MonitorKind::kNullRate);
  monitor.column = "name";
  monitor.max = 0.1;
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kUnknown);
  monitor.column = "nobody";
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kUnknown);
  EXPECT_THAT(Found().message, HasSubstr("no such column"));
}

TEST_P(MonitorWatchTest, NullsOfAnIntervalAreNotThinnedByOldRows) {
  Commit(1'000, 0);
  auto monitor = MonitorOf(MonitorKind::kNullRate);
  monitor.column = "name";
  monitor.max = 0.1;
  monitor.interval_text = "1h";
  monitor.interval = hours(1);
  Save(monitor);
  PassHour();
  Commit(10, 5);
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kFail);
  EXPECT_EQ(Found().value, 0.5);
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kPass) << "no rows, no nulls";
}

TEST_P(MonitorWatchTest, ColumnsThatDriftAreNamed) {
  Commit(1);
  auto monitor = MonitorOf(MonitorKind::kSchema);
  monitor.columns = {{"id", "BIGINT"}, {"name", "VARCHAR"}};
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kPass) << Found().message;
  table::CommitIntent intent;
  intent.operation = "WRITE";
  intent.schema = schema_;
  intent.schema->fields.push_back(table::FieldOf(3, "extra", Scalar(TypeKind::kDouble)));
  CommitThat(std::move(intent));
  Pass(seconds(11));
  EXPECT_EQ(status(), MonitorStatus::kFail);
  EXPECT_EQ(Found().message, "extra DOUBLE is new");
  monitor.allows_new_columns = true;
  monitor.columns["name"] = "BIGINT";
  monitor.columns["gone"] = "DATE";
  Save(monitor);
  EXPECT_EQ(Found().message, "gone is gone; name is VARCHAR, not BIGINT");
}

TEST_P(MonitorWatchTest, CountingGoesOnAfterARestart) {
  Commit(1);
  Save(VolumeOf(10, std::nullopt));
  PassHour();
  Commit(30);
  Pass(seconds(30));
  Commit(12);  // nobody looked at it before the process ended
  Restart();
  PassHour();
  EXPECT_EQ(Found().value, 42);
  EXPECT_EQ(status(), MonitorStatus::kPass);
  const auto since = Found().since;
  Restart();
  Pass(seconds(1));
  EXPECT_EQ(Found().since, since);
}

TEST_P(MonitorWatchTest, VersionsThatWentBeforeTheyWereCountedAreNotTakenForNothing) {
  const auto first = Commit(1);
  Save(VolumeOf(10, std::nullopt));
  PassHour();
  // As an older process left it: through a version that is no more.
  ASSERT_OK_AND_ASSIGN(auto state, LoadMonitorState(store_, "m"));
  ASSERT_EQ(state.through, first);
  Commit(30);
  state.through = first + 1'000'000;
  ASSERT_THAT(SaveMonitorState(store_, "m", state), IsOk());
  Restart();
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kUnknown) << Found().message;
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kUnknown) << "they may have been of this hour";
  Commit(11);
  PassHour();
  EXPECT_EQ(Found().value, 11);
  EXPECT_EQ(status(), MonitorStatus::kPass);
}

TEST_P(MonitorWatchTest, AnotherDefinitionCountsAnew) {
  Commit(1);
  Save(VolumeOf(10, std::nullopt));
  PassHour();
  PassHour();
  EXPECT_EQ(status(), MonitorStatus::kFail);
  Save(VolumeOf(0, std::nullopt));
  EXPECT_EQ(status(), MonitorStatus::kUnknown);
  ASSERT_THAT(monitors_->Remove("m"), IsOk());
  watch_->Look();
  EXPECT_EQ(watch_->ResultOf("m"), std::nullopt);
}

TEST_P(MonitorWatchTest, PausedMonitorsAreNotLookedAt) {
  auto monitor = MonitorOf(MonitorKind::kFreshness);
  monitor.max_age_text = "1h";
  monitor.max_age = hours(1);
  monitor.is_paused = true;
  Save(monitor);
  Pass(hours(5));
  EXPECT_TRUE(heard_.empty());
}

TEST_P(MonitorWatchTest, WhatCannotBeReadIsUnknownAndLookedAtAgain) {
  Commit(1);
  layer_.Break(true);
  auto monitor = MonitorOf(MonitorKind::kFreshness);
  monitor.max_age_text = "1h";
  monitor.max_age = hours(1);
  Save(monitor);
  EXPECT_EQ(status(), MonitorStatus::kUnknown);
  EXPECT_THAT(Found().message, HasSubstr("the store is away"));
  layer_.Break(false);
  Pass(MonitorWatch::kRetryPause);
  EXPECT_EQ(status(), MonitorStatus::kPass);
}

TEST_P(MonitorWatchTest, AResultThatNobodyTookIsToldAgain) {
  Commit(1);
  listener_status_ = Fail(ErrorCode::kUnavailable, "no");
  auto monitor = MonitorOf(MonitorKind::kFreshness);
  monitor.max_age_text = "1h";
  monitor.max_age = hours(1);
  Save(monitor);
  EXPECT_FALSE(store_.Head(lake::MonitorStateKey("m"))) << "the state must not run ahead of who hears of it";
  listener_status_ = Status();
  Pass(MonitorWatch::kRetryPause);
  EXPECT_EQ(heard_, std::vector<std::string>{"m pass"});
  EXPECT_TRUE(store_.Head(lake::MonitorStateKey("m")));
}

TEST_P(MonitorWatchTest, ALakeThatStandsStillCostsNothing) {
  Commit(1);
  auto monitor = MonitorOf(MonitorKind::kSchema);
  monitor.columns = {{"id", "BIGINT"}, {"name", "VARCHAR"}};
  Save(monitor);
  heard_.clear();
  for (int i = 0; i < 10; ++i) Pass(hours(1));
  EXPECT_TRUE(heard_.empty());
}

INSTANTIATE_TEST_SUITE_P(Formats, MonitorWatchTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return one.param == "delta" ? "Delta" : "Iceberg"; });

TEST(MonitorCodecTest, DocumentsReadBackAsTheyWere) {
  StoredMonitor stored;
  auto& monitor = stored.value;
  monitor.name = "m";
  monitor.version = 3;
  monitor.table = {"sales", "silver", "orders"};
  monitor.kind = MonitorKind::kVolume;
  monitor.interval_text = "90m";
  monitor.interval = minutes(90);
  monitor.measures_growth = true;
  monitor.min = 2.5;
  monitor.baseline = Baseline{9, 2};
  monitor.is_paused = true;
  const auto text = EncodeMonitor(stored);
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeMonitor(text));
  EXPECT_EQ(EncodeMonitor(read), text);
  EXPECT_EQ(read.value.interval, minutes(90));
  EXPECT_THAT(DecodeMonitor("{}"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeMonitor(R"({"format_version": 2})"), ErrorIs(ErrorCode::kUnsupported));
}

TEST(MonitorCodecTest, DocumentsOfVersionOneRead) {
  const std::string monitor =
      R"({"name":"m","version":1,"table":"shop.silver.orders","kind":"null_rate","interval":null,"measure":"written",)"
      R"("min":null,"max":0.05,"baseline":null,"max_age":null,"column":"customer","columns":null,"new_columns":"refused",)"
      R"("status":"active","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","format_version":1,)"
      R"("deleted":true})";
  ASSERT_OK_AND_ASSIGN(const auto stored, DecodeMonitor(monitor));
  EXPECT_EQ(EncodeMonitor(stored), monitor);
  EXPECT_TRUE(stored.deleted);
  const std::string state =
      R"({"format_version":1,"monitor_version":2,"location":"silver/shop/orders","through":12,)"
      R"("through_at":"2026-01-01T01:00:00Z","counted_from":"2026-01-01T00:00:00Z","changed_at":null,)"
      R"("intervals":[{"start":"2026-01-01T00:00:00Z","rows":120,"examined":9,"nulls":1,"whole":false}],)"
      R"("result":{"status":"fail","value":120.5,"message":"m","checked_at":"2026-01-01T01:00:00Z",)"
      R"("since":"2026-01-01T00:30:00Z"}})";
  ASSERT_OK_AND_ASSIGN(const auto counted, DecodeMonitorState(state));
  EXPECT_EQ(EncodeMonitorState(counted), state);
}

TEST(MonitorCodecTest, ABrokenStateIsNone) {
  store::MemoryStore store;
  ASSERT_THAT(store.Replace(lake::MonitorStateKey("m"), "{"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto state, LoadMonitorState(store, "m"));
  EXPECT_EQ(state.through, -1);
  EXPECT_EQ(state.version, 0);
}

}  // namespace
}  // namespace tarn::quality
