// SPDX-License-Identifier: Apache-2.0
#include "upkeep/expire.h"

#include "lake/rollback.h"
#include "lake/table_history.h"
#include "lake/time_travel.h"
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
    return Expire({store, tables, clock_, randomness_, [] { return Status(); }}, {.keep = Rule()});
  }

  ExpireOutcome Run(Expire& expire, bool dry_run = false) {
    const auto outcome = expire.Run(kLocation, dry_run);
    EXPECT_THAT(outcome, IsOk());
    return outcome ? *outcome : ExpireOutcome();
  }

  std::set<int64_t> Kept() { return table::KeptVersions(committed_, Rule(), clock_.Now()); }

  /// All that kept versions name is there; every one behind the unbroken run of the newest ones loads, and the first
  /// and last of those.
  void ExpectKeptWhole() {
    const auto kept = Kept();
    for (size_t i = 0; i < committed_.size(); ++i) {
      const auto version = committed_[i].version;
      if (!kept.contains(version)) continue;
      ASSERT_THAT(Missing(version), IsEmpty()) << version;
      const bool between = i > 0 && i + 1 < committed_.size() && kept.contains(committed_[i - 1].version) &&
                           kept.contains(committed_[i + 1].version);
      if (between) continue;
      const auto loaded = table()->LoadVersion(version);
      ASSERT_THAT(loaded, IsOk()) << version;
      for (const auto& file : (*loaded)->files) {
        ASSERT_TRUE(names_by_version_.at(version).contains(std::string(kLocation) + "/" + file->path)) << version;
      }
    }
  }

  /// Objects that hold numbers of the table's log, those of superseded metadata too.
  size_t Numbers() {
    const auto listed = store_.List(std::string(kLocation) + (is_delta() ? "/_delta_log/" : "/metadata/v"));
    EXPECT_THAT(listed, IsOk());
    if (!listed) return 0;
    size_t count = 0;
    for (const auto& object : *listed) {
      const bool is_checkpoint = object.key.find("checkpoint") != std::string::npos;
      count += object.key.ends_with(".json") && !is_checkpoint ? 1 : 0;
    }
    return count;
  }
};

TEST_P(ExpireTest, TheNewestVersionsStayAndNothingIsWritten) {
  for (int i = 0; i < 20; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  EXPECT_EQ(Run(expire).versions, 0);
  EXPECT_EQ(Objects("_control/"), 0);
}

TEST_P(ExpireTest, ObjectsGoAnHourAfterTheLastVersionThatNamedThem) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  const auto before = Objects("silver/");
  const auto first = Run(expire);
  EXPECT_GT(first.versions, 30);
  EXPECT_GT(first.doomed, 30);
  EXPECT_GE(Objects("silver/"), before) << "nothing is deleted yet";
  EXPECT_LE(Objects("silver/"), before + 2) << "checkpoints of kept versions, or the metadata of the commit";
  clock_.Advance(minutes(59));
  EXPECT_EQ(Run(expire).deleted, 0);
  clock_.Advance(minutes(1));
  EXPECT_EQ(Run(expire).deleted, first.doomed);
  ExpectKeptWhole();
}

TEST_P(ExpireTest, AKeyFilterGoesWithItsDataFile) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  const std::string gone = std::string(kLocation) + ".side/keys/12.filter";
  const std::string live = std::string(kLocation) + ".side/keys/60.filter";
  Put(gone, "keys of data/12.parquet");
  Put(live, "keys of data/60.parquet");
  auto expire = Make();
  Run(expire);
  clock_.Advance(minutes(61));
  Run(expire);
  EXPECT_THAT(store_.Head(gone), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(store_.Head(live), IsOk());
}

/// From the moment a version leaves until its number goes, and after.
TEST_P(ExpireTest, AVersionThatLeftIsNeitherListedNorReadNorGoneBackTo) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  Run(expire);
  const auto kept = Kept();
  const auto left = committed_.at(12);
  ASSERT_FALSE(kept.contains(left.version));
  for (const auto pause : {minutes(0), minutes(61), minutes(24 * 60)}) {
    clock_.Advance(pause);
    Run(expire);
    EXPECT_THAT(lake::LoadAt(*table(), engine::TimeTravel(left.version)), ErrorIs(ErrorCode::kInvalidArgument));
    EXPECT_THAT(lake::Rollback(*table(), {.target = left.version}, lake::RollbackSchema::kKept, {}, {}),
                ErrorIs(ErrorCode::kNotFound));
    ASSERT_OK_AND_ASSIGN(const auto changes, lake::ReadHistory(*table(), 1000));
    for (const auto& change : changes) EXPECT_TRUE(kept.contains(change.version)) << change.version;
    EXPECT_EQ(changes.front().version, committed_.back().version);
  }
}

TEST_P(ExpireTest, AnInstantMeansTheLastVersionUpToItThatIsLeft) {
  Commit(seconds(1));
  clock_.Advance(hours(2));
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  const auto first = committed_.front();
  const auto left = committed_.at(12);
  auto expire = Make();
  Run(expire);
  const auto kept = Kept();
  ASSERT_TRUE(kept.contains(first.version)) << "of a kept hour";
  ASSERT_FALSE(kept.contains(left.version));
  std::optional<int64_t> expected;
  for (const auto& change : committed_) {
    if (change.committed_at.micros <= left.committed_at.micros && kept.contains(change.version)) {
      expected = change.version;
    }
  }
  ASSERT_OK_AND_ASSIGN(const auto found, lake::LoadAt(*table(), engine::TimeTravel(left.committed_at)));
  EXPECT_EQ(found->snapshot_id, expected);
}

TEST_P(ExpireTest, LogEntriesKeepTheirNumbersForADay) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  Run(expire);
  const auto held = Numbers();
  clock_.Advance(hours(23));
  Run(expire);
  EXPECT_GE(Numbers(), held);
  clock_.Advance(hours(1));
  Run(expire);
  EXPECT_LT(Numbers(), held - 20);
  clock_.Advance(hours(25));
  Run(expire);
  Run(expire);
  clock_.Advance(hours(25));
  Run(expire);
  EXPECT_EQ(Objects("_control/"), 0) << "records end with the last object they name";
  ExpectKeptWhole();
}

TEST_P(ExpireTest, ADryRunCountsAndTouchesNothing) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  const auto before = Objects("");
  const auto dry = Run(expire, true);
  EXPECT_GT(dry.versions, 30);
  EXPECT_EQ(Objects(""), before);
}

TEST_P(ExpireTest, AFileThatARollbackBringsBackStays) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  Run(expire);
  // A rollback that read its target before the expiry commits after it.
  BringBack("12");
  for (int i = 0; i < 3; ++i)
    Commit(seconds(1), i == 1 ? std::vector<std::string>{"data/12.parquet"} : std::vector<std::string>{});
  clock_.Advance(hours(2));
  EXPECT_GT(Run(expire).deleted, 30);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/12.parquet"), IsOk());
}

TEST_P(ExpireTest, AFileThatCameBackWaitsAnHourFromWhenItLeftAgain) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  Run(expire);
  const auto restored = BringBack("12");
  Commit(seconds(1), {"data/12.parquet"});
  for (int i = 0; i < 59 * 60 / 20; ++i) CommitAndReplace(seconds(20));
  Run(expire);
  ASSERT_FALSE(Kept().contains(restored));
  clock_.Advance(minutes(2));
  EXPECT_GT(Run(expire).deleted, 30);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/12.parquet"), IsOk()) << "its version left two minutes ago";
  clock_.Advance(minutes(58));
  Run(expire);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/12.parquet"), ErrorIs(ErrorCode::kNotFound));
}

TEST_P(ExpireTest, WhatAJobMayStillReadStays) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  std::optional<Timestamp> oldest = clock_.Now();
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }, [&] { return oldest; }},
                {.keep = Rule()});
  Run(expire);
  clock_.Advance(hours(20));
  EXPECT_EQ(Run(expire).deleted, 0);
  oldest = clock_.Now();
  EXPECT_GT(Run(expire).deleted, 30) << "that one began later";
}

TEST_P(ExpireTest, AFileOfAnOldKeptVersionThatCameBackStaysAsLongAsOneNamesIt) {
  for (int i = 0; i < 30; ++i)
    Commit(seconds(1), i == 20 ? std::vector<std::string>{"data/5.parquet"} : std::vector<std::string>{});
  clock_.Advance(minutes(5));
  BringBack("5");
  Commit(seconds(120), {"data/5.parquet"});
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  auto expire = Make();
  EXPECT_GT(Run(expire).versions, 30);
  clock_.Advance(minutes(61));
  Run(expire);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/data/5.parquet"), IsOk())
      << "version 30 of a kept minute names it";
}

/// A long course with a reader's promise: what a version names is there for an hour after the version left.
TEST_P(ExpireTest, NoReaderOfALiveVersionEverMissesAFile) {
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
  ASSERT_OK_AND_ASSIGN(const auto newest, formats_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(newest->snapshot_id, committed_.back().version);
}

/// Every call of the store fails once: the next run, by a fresh process, finds its way.
TEST_P(ExpireTest, KilledAtAnyCallTheNextRunGoesOn) {
  for (int i = 0; i < 40; ++i) CommitAndReplace(seconds(1));
  for (uint64_t call = 1; call < 300; call += 23) {
    for (int i = 0; i < 6; ++i) CommitAndReplace(seconds(20));
    clock_.Advance(minutes(call % 3 == 0 ? 61 : 1));
    store::FaultyStore faulty(store_);
    for (const auto operation :
         {store::StoreOperation::kGet, store::StoreOperation::kPutAll, store::StoreOperation::kDelete,
          store::StoreOperation::kPutIfAbsent, store::StoreOperation::kList}) {
      faulty.Inject({.operation = operation, .nth = call, .times = UINT64_MAX});
    }
    lake::OpenTables tables({faulty, formats_, clock_, randomness_});
    auto killed = Make(faulty, tables);
    static_cast<void>(killed.Run(kLocation, false));
    ExpectKeptWhole();
    auto expire = Make();
    Run(expire);
    ExpectKeptWhole();
  }
}

TEST_P(ExpireTest, ALostAnswerOfTheRecordDoesNoHarm) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  store::FaultyStore faulty(store_);
  faulty.Inject({.operation = store::StoreOperation::kPutAll,
                 .key_contains = "_control/expiry/",
                 .error = Error{ErrorCode::kUnknownOutcome, "lost", {}},
                 .effect = store::StoreEffect::kDone});
  lake::OpenTables tables({faulty, formats_, clock_, randomness_});
  auto expire = Make(faulty, tables);
  EXPECT_THAT(expire.Run(kLocation, false), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_EQ(Run(expire).versions, 0) << "the record is there";
  clock_.Advance(hours(2));
  EXPECT_GT(Run(expire).deleted, 30);
  ExpectKeptWhole();
}

TEST_P(ExpireTest, ANodeThatLostItsSeatRecordsNothing) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  Expire expire(
      {store_, tables_, clock_, randomness_, [] { return Status(Fail(ErrorCode::kFailedPrecondition, "seat")); }},
      {.keep = Rule()});
  EXPECT_THAT(expire.Run(kLocation, false), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Objects("_control/"), 0);
}

INSTANTIATE_TEST_SUITE_P(Formats, ExpireTest, testing::Values("delta", "iceberg"), FormatLabel);

}  // namespace
}  // namespace tarn::upkeep
