// SPDX-License-Identifier: Apache-2.0
#include "table/delta/expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_testing.h"
#include "table/delta/log_loader.h"
#include "table/delta/log_names.h"

namespace tarn::table::delta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeltaExpiryTest : public testing::Test {
 protected:
  /// Version 0 creates; each later one adds the file of its number and removes the one before it.
  void Fill(int64_t last) {
    Table table({.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
    ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
    for (int64_t version = 1; version <= last; ++version) {
      clock_.Advance(std::chrono::seconds(1));
      CommitIntent intent = IntentOf("WRITE");
      intent.now = clock_.Now();
      intent.add = {FileOf(std::to_string(version))};
      if (version > 1) intent.remove = {"data/" + std::to_string(version - 1) + ".parquet"};
      intent.transactions = {{"job", version}};
      ASSERT_THAT(table.Commit(Always(std::move(intent))), IsOk());
      ASSERT_THAT(table.Maintain(), IsOk());
    }
  }

  static std::set<int64_t> Range(int64_t from, int64_t to) {
    std::set<int64_t> versions;
    for (int64_t version = from; version <= to; ++version) versions.insert(version);
    return versions;
  }

  Result<ExpiryPlan> Prepare(const std::set<int64_t>& kept, const std::set<int64_t>& expired) {
    return format_.PrepareExpiry(store_, kLocation, Newest(), kept, expired);
  }

  SnapshotPtr Newest() {
    const auto newest = format_.Load(store_, kLocation, nullptr);
    EXPECT_THAT(newest, IsOk());
    return newest.value_or(nullptr);
  }

  void DeleteAll(const std::vector<std::string>& names) {
    for (const auto& name : names) ASSERT_THAT(store_.Delete(std::string(kLocation) + "/" + name), IsOk());
  }

  std::vector<std::string> FilesAt(int64_t version) {
    const auto snapshot = format_.LoadVersion(store_, kLocation, nullptr, version);
    return snapshot ? PathsOf(**snapshot) : std::vector<std::string>{snapshot.error().ToString()};
  }

  ManualClock clock_{kNow};
  SeededRandomness randomness_{5};
  store::MemoryStore store_;
  FakeParquet parquet_;
  DeltaFormat format_{{.parquet = &parquet_}};
};

TEST_F(DeltaExpiryTest, HistoryAndChangesSayWhatTheLogSays) {
  Fill(12);
  ASSERT_OK_AND_ASSIGN(const auto versions, format_.History(store_, kLocation, Newest()));
  EXPECT_EQ(std::set<int64_t>(versions.begin(), versions.end()), Range(0, 12));
  ASSERT_OK_AND_ASSIGN(const auto change, format_.LoadChange(store_, kLocation, Newest(), 7));
  EXPECT_EQ(change.parent, 6);
  EXPECT_THAT(change.added, ElementsAre("data/7.parquet"));
  EXPECT_EQ(change.transactions.at("job"), 7);
  EXPECT_EQ(change.committed_at.micros / 1000, (kNow.micros + 7'000'000) / 1000);
  EXPECT_THAT(format_.LoadChange(store_, kLocation, Newest(), 13), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(DeltaExpiryTest, KeptVersionsLoadWhenEverythingElseIsGone) {
  Fill(57);
  auto kept = Range(44, 57);
  kept.insert({3, 20, 27});
  std::set<int64_t> expired;
  for (const int64_t version : Range(0, 57)) {
    if (!kept.contains(version)) expired.insert(version);
  }
  ASSERT_OK_AND_ASSIGN(const ExpiryPlan plan, Prepare(kept, expired));
  EXPECT_FALSE(plan.by_commit);
  EXPECT_EQ(plan.versions.size(), 40 - 3) << "those from the checkpoint at 40 on are needed to replay 44";
  EXPECT_THAT(plan.objects, ElementsAre(CheckpointName(10), CheckpointName(30)));
  DeleteAll(plan.objects);
  DeleteAll(plan.numbers);
  for (const int64_t version : kept) {
    EXPECT_THAT(FilesAt(version), ElementsAre("data/" + std::to_string(version) + ".parquet")) << version;
  }
  EXPECT_THAT(format_.LoadVersion(store_, kLocation, nullptr, 19), ErrorIs(ErrorCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, format_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(newest->version, 57);
  EXPECT_THAT(PathsOf(*newest), ElementsAre("data/57.parquet"));
}

TEST_F(DeltaExpiryTest, WithoutTheHintTheNewestVersionStillLoads) {
  Fill(57);
  ASSERT_OK_AND_ASSIGN(const ExpiryPlan plan, Prepare(Range(50, 57), Range(0, 49)));
  DeleteAll(plan.objects);
  DeleteAll(plan.numbers);
  DeleteAll({LastCheckpointName()});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, format_.Load(store_, kLocation, nullptr));
  EXPECT_THAT(PathsOf(*newest), ElementsAre("data/57.parquet"));
}

TEST_F(DeltaExpiryTest, NothingGoesBeforeACheckpointLiesBelowTheNewestVersions) {
  Fill(9);
  ASSERT_OK_AND_ASSIGN(const ExpiryPlan plan, Prepare(Range(5, 9), Range(0, 4)));
  EXPECT_THAT(plan.versions, IsEmpty());
  EXPECT_THAT(plan.numbers, IsEmpty());
}

TEST_F(DeltaExpiryTest, WithoutAParquetCodecNothingGoes) {
  Fill(30);
  DeltaFormat plain{DeltaFormat::Options{}};
  ASSERT_OK_AND_ASSIGN(const ExpiryPlan plan,
                       plain.PrepareExpiry(store_, kLocation, Newest(), Range(25, 30), Range(0, 24)));
  EXPECT_THAT(plan.versions, IsEmpty());
}

TEST_F(DeltaExpiryTest, PreparingTwiceIsPreparingOnce) {
  Fill(40);
  auto kept = Range(31, 40);
  kept.insert(13);
  auto expired = Range(0, 30);
  expired.erase(13);
  ASSERT_OK_AND_ASSIGN(const ExpiryPlan first, Prepare(kept, expired));
  ASSERT_OK_AND_ASSIGN(const ExpiryPlan second, Prepare(kept, expired));
  EXPECT_EQ(first.versions, second.versions);
  EXPECT_EQ(first.objects, second.objects);
  EXPECT_EQ(first.numbers, second.numbers);
}

TEST_F(DeltaExpiryTest, ACheckpointThatCannotBeWrittenLetsNothingGo) {
  Fill(40);
  auto kept = Range(31, 40);
  kept.insert(13);
  store::FaultyStore faulty(store_);
  faulty.Inject({.operation = store::StoreOperation::kPutIfAbsent, .key_contains = ".checkpoint."});
  EXPECT_THAT(format_.PrepareExpiry(faulty, kLocation, Newest(), kept, {14, 15}), ErrorIs(ErrorCode::kUnavailable));
}

TEST_F(DeltaExpiryTest, ACommitThatNamesVersionsToExpireIsRefused) {
  Fill(1);
  CommitIntent intent = IntentOf("EXPIRE");
  intent.expire = {0};
  Table table({.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
  EXPECT_THAT(table.Commit(Always(std::move(intent))), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::table::delta
