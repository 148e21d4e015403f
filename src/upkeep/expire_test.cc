// SPDX-License-Identifier: Apache-2.0
#include "upkeep/expire.h"

#include "store/faulty/faulty_store.h"
#include "upkeep/history_testing.h"

namespace tarn::upkeep {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;

class ExpireTest : public HistoryTest {
 protected:
  Expire Make() { return Make(store_, tables_); }
  Expire Make(store::ObjectStore& store, lake::OpenTables& tables) {
    return Expire({store, tables, clock_, randomness_, [] { return Status(); }}, {});
  }

  ExpireOutcome Run(Expire& expire, bool dry_run = false) {
    const auto outcome = expire.Run(kLocation, dry_run);
    EXPECT_THAT(outcome, IsOk());
    return outcome ? *outcome : ExpireOutcome();
  }

  std::set<int64_t> Kept() {
    std::vector<table::VersionChange> history;
    for (const auto& [version, at] : committed_)
      history.push_back({.version = version, .committed_at = at, .added = {}, .transactions = {}});
    return table::KeptVersions(history, {}, clock_.Now());
  }

  /// All that kept versions name is there; every one behind the unbroken run of the newest ones loads, and the first
  /// and last of those.
  void ExpectKeptWhole() {
    const auto kept = Kept();
    for (const auto version : kept) {
      ASSERT_THAT(Missing(version), IsEmpty()) << version;
      if (kept.contains(version - 1) && kept.contains(version + 1)) continue;
      const auto loaded = table()->LoadVersion(version);
      ASSERT_THAT(loaded, IsOk()) << version;
      for (const auto& file : (*loaded)->files) {
        ASSERT_TRUE(names_by_version_.at(version).contains(std::string(kLocation) + "/" + file->path)) << version;
      }
    }
  }
};

TEST_F(ExpireTest, AHundredVersionsStayAndNothingIsWritten) {
  for (int i = 0; i < 100; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  EXPECT_EQ(Run(expire).versions, 0);
  EXPECT_EQ(Objects("_control/"), 0);
}

TEST_F(ExpireTest, ObjectsGoAnHourAfterTheLastVersionThatNamedThem) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  const auto before = Objects("silver/");
  const auto first = Run(expire);
  EXPECT_GT(first.versions, 100);
  EXPECT_GT(first.doomed, 100);
  EXPECT_EQ(Objects("silver/"), before + 2) << "only checkpoints of kept versions are added";
  clock_.Advance(minutes(59));
  EXPECT_EQ(Run(expire).deleted, 0);
  clock_.Advance(minutes(1));
  EXPECT_EQ(Run(expire).deleted, first.doomed);
  ExpectKeptWhole();
}

TEST_F(ExpireTest, AKeyFilterGoesWithItsDataFile) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  const std::string gone = std::string(kLocation) + ".side/keys/42.filter";
  const std::string live = std::string(kLocation) + ".side/keys/250.filter";
  Put(gone, "keys of data/42.parquet");
  Put(live, "keys of data/250.parquet");
  auto expire = Make();
  Run(expire);
  clock_.Advance(minutes(61));
  Run(expire);
  EXPECT_THAT(store_.Head(gone), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(store_.Head(live), IsOk());
}

TEST_F(ExpireTest, LogEntriesKeepTheirNumbersForADay) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  const auto gone = Run(expire).versions;
  clock_.Advance(hours(23));
  Run(expire);
  ASSERT_OK_AND_ASSIGN(const auto held, table()->History());
  EXPECT_EQ(held.size(), 250);
  clock_.Advance(hours(1));
  Run(expire);
  ASSERT_OK_AND_ASSIGN(const auto rest, table()->History());
  EXPECT_EQ(rest.size(), 250 - gone);
  clock_.Advance(hours(25));
  Run(expire);
  Run(expire);
  clock_.Advance(hours(25));
  Run(expire);
  EXPECT_EQ(Objects("_control/"), 0) << "records end with the last object they name";
  ExpectKeptWhole();
}

TEST_F(ExpireTest, ADryRunCountsAndTouchesNothing) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  const auto before = Objects("");
  const auto dry = Run(expire, true);
  EXPECT_GT(dry.versions, 100);
  EXPECT_EQ(Objects(""), before);
}

TEST_F(ExpireTest, AFileThatARollbackBringsBackStays) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  Run(expire);
  // A rollback that read its target before the expiry commits after it.
  table::CommitIntent back;
  back.operation = "RESTORE";
  back.add = {table::delta::FileOf("42")};
  ASSERT_THAT(table()->Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
    return std::optional(back);
  }),
              IsOk());
  for (int i = 0; i < 3; ++i)
    Commit(seconds(1), i == 1 ? std::vector<std::string>{"data/42.parquet"} : std::vector<std::string>{});
  clock_.Advance(hours(2));
  EXPECT_GT(Run(expire).deleted, 100);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/42.parquet"), IsOk());
}

TEST_F(ExpireTest, AFileThatCameBackWaitsAnHourFromWhenItLeftAgain) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  Run(expire);
  table::CommitIntent back;
  back.operation = "RESTORE";
  back.add = {table::delta::FileOf("42")};
  ASSERT_THAT(table()->Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
    return std::optional(back);
  }),
              IsOk());
  ++commits_;
  Commit(seconds(1), {"data/42.parquet"});
  const auto restored = table()->known()->version - 1;
  for (int i = 0; i < 59 * 60 / 20; ++i) CommitAndReplace(seconds(20));
  Run(expire);
  ASSERT_FALSE(Kept().contains(restored));
  clock_.Advance(minutes(2));
  EXPECT_GT(Run(expire).deleted, 100);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/42.parquet"), IsOk()) << "its version left two minutes ago";
  clock_.Advance(minutes(58));
  Run(expire);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/42.parquet"), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(ExpireTest, WhatAJobMayStillReadStays) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  std::optional<Timestamp> oldest = clock_.Now();
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }, [&] { return oldest; }}, {});
  Run(expire);
  clock_.Advance(hours(20));
  EXPECT_EQ(Run(expire).deleted, 0);
  oldest = clock_.Now();
  EXPECT_GT(Run(expire).deleted, 100) << "that one began later";
}

TEST_F(ExpireTest, AFileOfAnOldKeptVersionThatCameBackStaysAsLongAsOneNamesIt) {
  for (int i = 0; i < 30; ++i)
    Commit(seconds(1), i == 20 ? std::vector<std::string>{"data/5.parquet"} : std::vector<std::string>{});
  ++commits_;
  clock_.Advance(minutes(5));
  table::CommitIntent back;
  back.operation = "RESTORE";
  back.add = {table::delta::FileOf("5")};
  ASSERT_THAT(table()->Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
    return std::optional(back);
  }),
              IsOk());
  Commit(seconds(120), {"data/5.parquet"});
  for (int i = 0; i < 300; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  EXPECT_GT(Run(expire).versions, 100);
  clock_.Advance(minutes(61));
  Run(expire);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/5.parquet"), IsOk())
      << "version 30 of a kept minute names it";
}

/// A long course with a reader's promise: what a version names is there for an hour after the version left.
TEST_F(ExpireTest, NoReaderOfALiveVersionEverMissesAFile) {
  auto expire = std::make_unique<Expire>(Make());
  std::map<int64_t, Timestamp> last_kept;
  size_t most_records = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 5; ++i) CommitAndReplace(seconds(randomness_.Next() % 90));
    if (round % 4 == 0) Run(*expire);
    if (round % 20 == 15) expire = std::make_unique<Expire>(Make());  // a restart
    for (const auto version : Kept()) last_kept[version] = clock_.Now();
    most_records = std::max(most_records, Objects("_control/expiry/"));
    if (round % 20 != 0) continue;
    ExpectKeptWhole();
    for (const auto& [version, at] : last_kept) {
      if (clock_.Now().micros - at.micros >= 3'600'000'000) continue;
      ASSERT_THAT(Missing(version), IsEmpty()) << version;
    }
  }
  ASSERT_OK_AND_ASSIGN(const auto newest, format_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(newest->version, 299);
}

/// Every call of the store fails once: the next run, by a fresh process, finds its way.
TEST_F(ExpireTest, KilledAtAnyCallTheNextRunGoesOn) {
  for (int i = 0; i < 130; ++i) CommitAndReplace(seconds(1));
  for (uint64_t call = 1; call < 300; call += 23) {
    for (int i = 0; i < 6; ++i) CommitAndReplace(seconds(20));
    clock_.Advance(minutes(call % 3 == 0 ? 61 : 1));
    store::FaultyStore faulty(store_);
    for (const auto operation :
         {store::StoreOperation::kGet, store::StoreOperation::kPutAll, store::StoreOperation::kDelete,
          store::StoreOperation::kPutIfAbsent, store::StoreOperation::kList}) {
      faulty.Inject({.operation = operation, .nth = call, .times = UINT64_MAX});
    }
    lake::OpenTables tables({faulty, format_, clock_, randomness_});
    auto killed = Make(faulty, tables);
    static_cast<void>(killed.Run(kLocation, false));
    ExpectKeptWhole();
    auto expire = Make();
    Run(expire);
    ExpectKeptWhole();
  }
}

TEST_F(ExpireTest, ALostAnswerOfTheRecordDoesNoHarm) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  store::FaultyStore faulty(store_);
  faulty.Inject({.operation = store::StoreOperation::kPutAll,
                 .key_contains = "_control/expiry/",
                 .error = Error{ErrorCode::kUnknownOutcome, "lost", {}},
                 .effect = store::StoreEffect::kDone});
  lake::OpenTables tables({faulty, format_, clock_, randomness_});
  auto expire = Make(faulty, tables);
  EXPECT_THAT(expire.Run(kLocation, false), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_EQ(Run(expire).versions, 0) << "the record is there";
  clock_.Advance(hours(2));
  EXPECT_GT(Run(expire).deleted, 100);
  ExpectKeptWhole();
}

TEST_F(ExpireTest, ANodeThatLostItsSeatRecordsNothing) {
  for (int i = 0; i < 250; ++i) CommitAndReplace(seconds(1));
  Expire expire(
      {store_, tables_, clock_, randomness_, [] { return Status(Fail(ErrorCode::kFailedPrecondition, "seat")); }}, {});
  EXPECT_THAT(expire.Run(kLocation, false), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Objects("_control/"), 0);
}

TEST(ExpiryRecordTest, EncodingIsTheDocumentedOne) {
  const ExpiryRecord record{{1'767'225'600'000'000},
                            {1, 2, 3, 7},
                            {"/data/a.parquet", ".side/12.json"},
                            {"/metadata/v1.metadata.json"},
                            "{}"};
  const auto text = EncodeExpiryRecord(record);
  EXPECT_EQ(
      text,
      R"({"at":"2026-01-01T00:00:00Z","numbers":["/metadata/v1.metadata.json"],"objects":["/data/a.parquet",".side/12.json"],"stub":"{}","version":1,"versions":[[1,3],[7,7]]})");
  EXPECT_EQ(DecodeExpiryRecord(text), record);
  EXPECT_THAT(DecodeExpiryRecord(R"({"version":2})"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(
      DecodeExpiryRecord(
          R"({"version":1,"at":"2026-01-01T00:00:00Z","versions":[[0,99999999999]],"objects":[],"numbers":[]})"),
      ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::upkeep
