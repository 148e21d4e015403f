// SPDX-License-Identifier: Apache-2.0
// What expiry and the removal of orphans leave of a mirrored table: all that a version of it, or of its mirror, names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "lake/keys.h"
#include "lake/open_tables.h"
#include "lake/table_formats.h"
#include "silver/merge.h"
#include "store/memory/memory_store.h"
#include "table/deleted_rows.h"
#include "table/delta/delta_testing.h"
#include "table/iceberg/iceberg_format.h"
#include "upkeep/collect_orphans.h"
#include "upkeep/expire.h"
#include "upkeep/table_health.h"
#include "upkeep/table_references.h"

namespace tarn::upkeep {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using table::SnapshotPtr;

constexpr const char* kLocation = "silver/sales/orders";
constexpr size_t kKept = 20;

struct Direction {
  const char* table;
  const char* mirror;
};

class MirrorUpkeepTest : public testing::TestWithParam<Direction> {
 protected:
  void Put(const std::string& key, const std::string& body) {
    const store::PutRequest put{key, body};
    ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  }

  std::shared_ptr<table::Table> table() { return (follows_ ? tables_ : alone_).Get(kLocation); }
  std::shared_ptr<table::Table> mirror() { return *tables_.MirrorOf(kLocation); }

  static std::string PathOf(int64_t number) { return "data/" + std::to_string(number) + ".parquet"; }

  /// A new file of 10 rows; every second time a row of the one before it goes, every fourth time the one before that.
  void Commit() {
    clock_.Advance(seconds(1));
    const int64_t number = ++commits_;
    table::CommitIntent intent;
    intent.operation = "MERGE";
    intent.format = GetParam().table;
    if (number == 1) {
      intent.schema = table::delta::OrdersSchema();
      intent.properties = {{lake::kMirrorProperty, GetParam().mirror}};
    }
    intent.add = {table::delta::FileOf(std::to_string(number), 10)};
    Put(std::string(kLocation) + "/" + PathOf(number), "rows");
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr base, table()->Load());
    if (number % 4 == 0) intent.remove = {PathOf(number - 2)};
    if (number % 2 == 0) {
      table::RowDeletion gone{.path = PathOf(number - 1), .rows = {}, .added = {}};
      gone.rows.Add(3);
      gone.added.Add(3);
      ASSERT_OK_AND_ASSIGN(intent.deletes, formats_.WriteDeletes(store_, kLocation, *base, {&gone, 1}, randomness_));
    }
    intent.transactions = {{silver::kPositionTransaction, number}, {silver::kSideTransaction, 1'000 + number}};
    Put(lake::SideKey(kLocation, silver::SideManifestName(1'000 + number)),
        silver::EncodeSideManifest(silver::SideManifest()));
    ASSERT_THAT(table()->Commit(table::Always(std::move(intent))), IsOk());
    ASSERT_THAT(table()->Maintain(), IsOk());
  }

  ExpireOutcome Run(Expire& expire) {
    const auto outcome = expire.Run(kLocation, false);
    EXPECT_THAT(outcome, IsOk());
    return outcome.value_or(ExpireOutcome());
  }

  Expire MakeExpire() {
    // Few versions show the same as many.
    ExpireOptions options;
    options.keep.last = kKept;
    return Expire({store_, follows_ ? tables_ : alone_, clock_, randomness_, [] { return Status(); }}, options);
  }

  /// Versions that have not left by a record of expiry.
  std::vector<int64_t> HistoryOf(table::Table& one, const std::string& records_of) {
    auto history = one.History();
    const auto records = lake::LoadExpiryRecords(store_, records_of);
    EXPECT_THAT(history, IsOk());
    EXPECT_THAT(records, IsOk());
    lake::DropExpired(*records, *history);
    return *history;
  }

  void ExpectWhole(table::Table& one, const std::vector<int64_t>& history) {
    for (const int64_t version : history) {
      ASSERT_OK_AND_ASSIGN(const auto snapshot, one.LoadVersion(version));
      for (const auto& file : snapshot->files) {
        ASSERT_THAT(store_.Head(std::string(kLocation) + "/" + file->path), IsOk()) << version;
        ASSERT_THAT(table::LoadDeletedRows(store_, &parquet_, kLocation, *file), IsOk()) << version;
      }
    }
  }

  /// Every version that table and mirror still have reads, deletes included.
  void ExpectWhole() {
    ExpectWhole(*table(), HistoryOf(*table(), kLocation));
    ExpectWhole(*mirror(), HistoryOf(*mirror(), lake::MirrorName(kLocation)));
  }

  size_t Objects(const std::string& prefix) {
    const auto listed = store_.List(prefix);
    EXPECT_THAT(listed, IsOk());
    return listed ? listed->size() : 0;
  }

  Result<OrphanOutcome> CollectAll() {
    TableReferences references(store_, tables_);
    return CollectOrphans({store_, clock_, {&references}, [] { return Status(); }}, {}).Run("", false);
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{77};
  store::MemoryStore store_{store::MemoryStore::Options{.clock = &clock_}};
  table::delta::FakeParquet parquet_;
  table::delta::DeltaFormat delta_{{.parquet = &parquet_}};
  table::iceberg::IcebergFormat iceberg_{{.writer_version = "1", .root = "memory:", .parquet = &parquet_}};
  lake::Mirrors mirrors_{{clock_, randomness_, &parquet_, {&delta_, &iceberg_}}};
  lake::TableFormats formats_{{&delta_, &iceberg_}, &mirrors_};
  lake::OpenTables tables_{{store_, formats_, clock_, randomness_}, &mirrors_};
  /// Tables whose mirror cannot be written.
  lake::TableFormats without_mirrors_{{&delta_, &iceberg_}};
  lake::OpenTables alone_{{store_, without_mirrors_, clock_, randomness_}, &mirrors_};
  bool follows_ = true;
  int64_t commits_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Directions, MirrorUpkeepTest,
                         testing::Values(Direction{"delta", "iceberg"}, Direction{"iceberg", "delta"}),
                         [](const auto& one) { return std::string(one.param.table) + "_into_" + one.param.mirror; });

TEST_P(MirrorUpkeepTest, VersionsOfTheMirrorLeaveWithThoseTheyShow) {
  for (int i = 0; i < 70; ++i) Commit();
  const size_t before = Objects("silver/");
  auto expire = MakeExpire();
  const auto first = Run(expire);
  EXPECT_GT(first.versions, 80U);
  ExpectWhole();
  clock_.Advance(hours(1));
  const auto second = Run(expire);
  EXPECT_GE(second.deleted, first.doomed);
  ExpectWhole();
  const auto history = HistoryOf(*table(), kLocation);
  EXPECT_LE(history.size(), kKept + 2);
  std::set<int64_t> shown;
  for (const int64_t version : HistoryOf(*mirror(), lake::MirrorName(kLocation))) {
    ASSERT_OK_AND_ASSIGN(const auto change, mirror()->LoadChange(version));
    shown.insert(change.transactions.at(lake::kMirroredSnapshot));
  }
  EXPECT_EQ(shown, std::set<int64_t>(history.begin(), history.end()));
  // A day later their numbers go, and a while after that all records are gone.
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(hours(24));
    Run(expire);
  }
  EXPECT_EQ(Objects("_control/expiry/"), 0U);
  EXPECT_LT(Objects("silver/"), before * 4 / 5);
  ExpectWhole();
  Commit();
  ExpectWhole();
}

TEST_P(MirrorUpkeepTest, WhatALaggingMirrorShowsStaysUntilItFollows) {
  for (int i = 0; i < 10; ++i) Commit();
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr shown, mirror()->Load());
  follows_ = false;
  for (int i = 0; i < 70; ++i) Commit();
  auto expire = MakeExpire();
  for (int i = 0; i < 3; ++i) {
    Run(expire);
    clock_.Advance(hours(2));
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr still, mirror()->Load());
  ASSERT_EQ(still->snapshot_id, shown->snapshot_id);
  ExpectWhole(*mirror(), {still->snapshot_id});
  ASSERT_OK_AND_ASSIGN(const auto lagging, LoadTableHealth(store_, alone_));
  ASSERT_EQ(lagging.size(), 1U);
  EXPECT_EQ(lagging.front().mirror, GetParam().mirror);
  EXPECT_GT(lagging.front().mirror_lag, 15);

  follows_ = true;
  Commit();
  ASSERT_OK_AND_ASSIGN(const auto level, LoadTableHealth(store_, tables_));
  EXPECT_EQ(level.front().mirror_lag, 0);
  EXPECT_EQ(level.front().mirror_error, "");
  ExpectWhole();
}

TEST_P(MirrorUpkeepTest, OrphansAreWhatNeitherNames) {
  for (int i = 0; i < 40; ++i) Commit();
  const std::vector<std::string> strays{"/data/stray.parquet", "/data/stray-deletes.parquet",
                                        "/deletion_vector_stray.bin", "/metadata/stray-m0.avro"};
  for (const auto& stray : strays) Put(kLocation + stray, "left over");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, CollectAll());
  std::vector<std::string> gone;
  for (const auto& orphan : done.orphans) gone.push_back(orphan.key.substr(std::string(kLocation).size()));
  EXPECT_THAT(gone, testing::UnorderedElementsAreArray(strays));
  ExpectWhole();
}

}  // namespace
}  // namespace tarn::upkeep
