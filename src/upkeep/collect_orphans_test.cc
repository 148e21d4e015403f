// SPDX-License-Identifier: Apache-2.0
#include "upkeep/collect_orphans.h"

#include "bronze/bronze_log.h"
#include "store/faulty/faulty_store.h"
#include "upkeep/bronze_references.h"
#include "upkeep/expire.h"
#include "upkeep/history_testing.h"
#include "upkeep/table_references.h"

namespace tarn::upkeep {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class CollectOrphansTest : public HistoryTest {
 protected:
  Result<OrphanOutcome> Run(bool dry_run = false, const std::string& prefix = "") {
    return Run(store_, dry_run, prefix);
  }
  Result<OrphanOutcome> Run(store::ObjectStore& store, bool dry_run, const std::string& prefix) {
    lake::OpenTables open({store, formats_, clock_, randomness_});
    TableReferences tables(store, open);
    BronzeReferences bronze(store, open, clock_);
    return CollectOrphans({store, clock_, {&tables, &bronze}, [] { return Status(); }}, {}).Run(prefix, dry_run);
  }

  static std::vector<std::string> KeysOf(const OrphanOutcome& outcome) {
    std::vector<std::string> keys;
    for (const auto& orphan : outcome.orphans) keys.push_back(orphan.key);
    return keys;
  }

  void Land(const std::string& object, const std::string& quarantined, bool purge = false) {
    bronze::BronzeLog log(store_, clock_, "sales", "orders");
    bronze::LogEntry entry;
    if (!object.empty()) {
      entry.objects.push_back({object, 4, 0, 1});
      Put(object, "rows");
    }
    if (!quarantined.empty()) {
      entry.quarantine.push_back({quarantined, 4, 0, 1});
      Put(quarantined, "bad!");
    }
    entry.id = object + quarantined;
    entry.purge = purge;
    ASSERT_THAT(log.Append(entry, [] { return Status(); }), IsOk());
  }
};

TEST_P(CollectOrphansTest, OnlyWhatNothingNamesAndIsOldGoes) {
  for (int i = 0; i < 20; ++i) CommitAndReplace(seconds(1));
  Land("bronze/sales/orders/2026/01/01/00/a.ndjson.zst", "quarantine/sales/orders/2026/01/01/00/a.ndjson.zst");
  const std::vector<std::string> orphans{"bronze/sales/orders/2026/01/01/00/x.ndjson.zst",
                                         "quarantine/sales/orders/2026/01/01/00/x.ndjson.zst",
                                         "silver/sales/orders.side/99.json", "silver/sales/orders.side/data/x.parquet",
                                         "silver/sales/orders/data/x.parquet"};
  for (const auto& key : orphans) Put(key, "lost");
  clock_.Advance(days(3));
  ASSERT_OK_AND_ASSIGN(const auto early, Run());
  EXPECT_THAT(early.orphans, IsEmpty());
  clock_.Advance(seconds(1));
  Put("silver/sales/orders/data/young.parquet", "being written");
  const auto before = Objects("");
  ASSERT_OK_AND_ASSIGN(const auto dry, Run(true));
  EXPECT_THAT(KeysOf(dry), testing::UnorderedElementsAreArray(orphans));
  EXPECT_EQ(dry.bytes, 20);
  EXPECT_EQ(Objects(""), before);
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  EXPECT_THAT(KeysOf(done), testing::UnorderedElementsAreArray(orphans));
  EXPECT_EQ(Objects(""), before - orphans.size());
  for (const auto& [version, names] : names_by_version_) EXPECT_THAT(Missing(version), IsEmpty()) << version;
}

TEST_P(CollectOrphansTest, AKeyFilterStaysAsLongAsItsDataFile) {
  Commit(seconds(1));
  Put("silver/sales/orders.side/keys/1.filter", "keys of data/1.parquet");
  Put("silver/sales/orders.side/keys/lost.filter", "keys of a file that never was");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  EXPECT_THAT(KeysOf(done), ElementsAre("silver/sales/orders.side/keys/lost.filter"));
}

TEST_P(CollectOrphansTest, MetadataThatNothingNamesGoesWhereTheFormatSaysWhatIsInUse) {
  for (int i = 0; i < 20; ++i) CommitAndReplace(seconds(1));
  const std::string key = std::string(kLocation) + (is_delta() ? "/_delta_log/lost.json" : "/metadata/lost-m0.avro");
  Put(key, "of a commit that lost");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  if (is_delta()) {
    EXPECT_THAT(done.orphans, IsEmpty());
  } else {
    EXPECT_THAT(KeysOf(done), ElementsAre(key));
  }
  for (const auto& change : committed_) EXPECT_THAT(table()->LoadVersion(change.version), IsOk());
}

TEST_P(CollectOrphansTest, APurgeMakesWhatWasBeforeItAnOrphan) {
  Land("bronze/sales/orders/2026/01/01/00/a.ndjson.zst", "");
  Land("", "", true);
  Land("bronze/sales/orders/2026/01/01/00/b.ndjson.zst", "");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  EXPECT_THAT(KeysOf(done), ElementsAre("bronze/sales/orders/2026/01/01/00/a.ndjson.zst"));
}

TEST_P(CollectOrphansTest, WhatAnExpiryRecordNamesIsLeftToExpiry) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {.keep = Rule()});
  ASSERT_OK_AND_ASSIGN(const auto expired, expire.Run(kLocation, false));
  ASSERT_GT(expired.doomed, 0);
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  ASSERT_OK_AND_ASSIGN(const auto records, lake::LoadExpiryRecords(store_, kLocation));
  ASSERT_THAT(records, testing::SizeIs(1));
  const auto& record = records.begin()->second;
  for (const auto& names : {record.objects, record.numbers}) {
    ASSERT_FALSE(names.empty());
    for (const auto& name : names) EXPECT_THAT(store_.Head(kLocation + name), IsOk()) << name;
  }
}

TEST_P(CollectOrphansTest, AFolderThatCannotBeJudgedKeepsEverything) {
  CommitAndReplace(seconds(1));
  Put("silver/sales/orders/data/x.parquet", "lost");
  Put("gold/sales/broken/_delta_log/00000000000000000000.json", "no log");
  Put("gold/sales/broken/data/y.parquet", "who knows");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  EXPECT_THAT(KeysOf(done), ElementsAre("silver/sales/orders/data/x.parquet"));
  ASSERT_THAT(done.not_judged, testing::SizeIs(1));
  EXPECT_THAT(done.not_judged.front(), testing::StartsWith("gold/sales/broken/: "));
}

TEST_P(CollectOrphansTest, AReferenceThatCannotBeReadDeletesNothingThere) {
  for (int i = 0; i < 5; ++i) CommitAndReplace(seconds(1));
  Put("silver/sales/orders/data/x.parquet", "lost");
  clock_.Advance(days(4));
  store::FaultyStore faulty(store_);
  faulty.Inject({.operation = store::StoreOperation::kGet, .times = UINT64_MAX});
  ASSERT_OK_AND_ASSIGN(const auto done, Run(faulty, false, ""));
  EXPECT_THAT(done.orphans, IsEmpty());
  EXPECT_EQ(done.not_judged.size(), 2U);
}

TEST_P(CollectOrphansTest, DataUnderALogOfAnotherFormatStays) {
  Put("gold/sales/foreign/metadata/v1.metadata.json", "{}");
  Put("gold/sales/foreign/data/y.parquet", "theirs");
  Put("gold/sales/never/data/z.parquet", "of a first commit that never was");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run());
  EXPECT_THAT(KeysOf(done), ElementsAre("gold/sales/never/data/z.parquet"));
}

TEST_P(CollectOrphansTest, APrefixLimitsTheRun) {
  CommitAndReplace(seconds(1));
  Put("silver/sales/orders/data/x.parquet", "lost");
  Put("bronze/sales/orders/2026/01/01/00/x.ndjson.zst", "lost");
  clock_.Advance(days(4));
  ASSERT_OK_AND_ASSIGN(const auto done, Run(false, "bronze/"));
  EXPECT_THAT(KeysOf(done), ElementsAre("bronze/sales/orders/2026/01/01/00/x.ndjson.zst"));
}

TEST_P(CollectOrphansTest, ANodeThatLostItsSeatDeletesNothing) {
  Put("bronze/sales/orders/2026/01/01/00/x.ndjson.zst", "lost");
  clock_.Advance(days(4));
  BronzeReferences bronze(store_, tables_, clock_);
  CollectOrphans collect(
      {store_, clock_, {&bronze}, [] { return Status(Fail(ErrorCode::kFailedPrecondition, "seat")); }}, {});
  EXPECT_THAT(collect.Run("", false), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Objects("bronze/"), 1);
}

INSTANTIATE_TEST_SUITE_P(Formats, CollectOrphansTest, testing::Values("delta", "iceberg"), FormatLabel);

}  // namespace
}  // namespace tarn::upkeep
