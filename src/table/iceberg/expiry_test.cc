// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/retention.h"

namespace tarn::table::iceberg {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class IcebergExpiryTest : public testing::Test {
 protected:
  int64_t Commit(CommitIntent intent) {
    clock_.Advance(std::chrono::seconds(1));
    intent.now = clock_.Now();
    const auto outcome = table_.Commit(Always(std::move(intent)));
    EXPECT_THAT(outcome, IsOk());
    return outcome ? outcome->snapshot->snapshot_id : -2;
  }

  /// Each commit replaces the file of the one before it.
  void Fill(int commits) {
    Commit(CreateIntent());
    for (int i = 1; i <= commits; ++i) {
      CommitIntent intent = Append(std::to_string(i));
      if (i > 1) intent.remove = {"data/" + std::to_string(i - 1) + ".parquet"};
      intent.transactions = {{"tarn-bronze", i}, {"tarn-side", 100 + i}};
      ids_.push_back(Commit(std::move(intent)));
    }
  }

  std::set<int64_t> Ids(size_t from, size_t to) const {
    return {ids_.begin() + static_cast<std::ptrdiff_t>(from), ids_.begin() + static_cast<std::ptrdiff_t>(to)};
  }

  std::set<int64_t> Others(const std::set<int64_t>& expired) const {
    std::set<int64_t> kept;
    for (const int64_t id : ids_) {
      if (!expired.contains(id)) kept.insert(id);
    }
    return kept;
  }

  ExpiryPlan Prepare(const std::set<int64_t>& expired) {
    auto newest = table_.Load();
    EXPECT_THAT(newest, IsOk());
    auto plan = format_.PrepareExpiry(store_, kLocation, *newest, Others(expired), expired);
    EXPECT_THAT(plan, IsOk());
    return plan ? *std::move(plan) : ExpiryPlan();
  }

  ExpiryPlan Expire(const std::set<int64_t>& expired) {
    auto plan = table_.Expire(Others(expired), expired);
    EXPECT_THAT(plan, IsOk());
    return plan ? *std::move(plan) : ExpiryPlan();
  }

  Status CommitExpiry(const ExpiryPlan& plan) {
    CommitIntent intent = IntentOf("EXPIRE");
    intent.now = clock_.Now();
    intent.data_change = false;
    intent.expire = plan.versions;
    const auto outcome = table_.Commit(Always(std::move(intent)));
    return outcome ? Status() : Status(Fail(outcome.error()));
  }

  void DeleteAll(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      ASSERT_THAT(store_.Head(std::string(kLocation) + "/" + name), IsOk()) << name;
      ASSERT_THAT(store_.Delete(std::string(kLocation) + "/" + name), IsOk());
    }
  }

  /// The versions load from a store that only has what is left, and the others do not.
  void ExpectLeft(const std::set<int64_t>& left) {
    Table reader({.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
    for (size_t i = 0; i < ids_.size(); ++i) {
      const auto snapshot = reader.LoadVersion(ids_[i]);
      if (!left.contains(ids_[i])) {
        EXPECT_THAT(snapshot, ErrorIs(ErrorCode::kNotFound)) << i;
        continue;
      }
      ASSERT_THAT(snapshot, IsOk()) << i;
      EXPECT_THAT(PathsOf(**snapshot), ElementsAre("data/" + std::to_string(i + 1) + ".parquet"));
      EXPECT_EQ((*snapshot)->transactions.at("tarn-bronze"), static_cast<int64_t>(i) + 1);
    }
  }

  /// Another writer's change of the newest metadata.
  void Edit(const std::function<void(codec::OrderedJson&)>& edit) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
    const std::string prefix = std::string(kLocation) + "/";
    ASSERT_OK_AND_ASSIGN(const std::string body, store_.Get(prefix + MetadataName(newest->version)));
    auto document = codec::OrderedJson::parse(body);
    edit(document);
    ASSERT_THAT(store_.PutIfAbsent(prefix + MetadataName(newest->version + 1), codec::Dump(document)), IsOk());
  }

  ManualClock clock_{{kNow.micros}};
  SeededRandomness randomness_{5};
  store::MemoryStore store_;
  IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr, .keep = {.last = 1'000}}};
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
  std::vector<int64_t> ids_;
};

TEST_F(IcebergExpiryTest, ASnapshotThatStayedLongerNamesOnlyWhatIsStillThere) {
  Fill(140);
  auto others = Ids(0, 38);
  others.erase(ids_[10]);
  const ExpiryPlan first = Expire(others);
  EXPECT_GE(first.numbers.size(), others.size());
  DeleteAll(first.numbers);
  Commit(Append("61"));
  const ExpiryPlan later = Prepare({ids_[10]});
  ASSERT_EQ(later.versions.size(), 1U);
  EXPECT_THAT(later.numbers, ElementsAre(MetadataName(12))) << "what brought it: the table was made by the first";
  DeleteAll(later.numbers);
}

TEST_F(IcebergExpiryTest, SnapshotsLeaveByACommitAndTakeTheirMetadataAlong) {
  Fill(60);
  auto expired = Ids(0, 40);
  expired.erase(ids_[7]);
  expired.erase(ids_[20]);
  const ExpiryPlan plan = Prepare(expired);
  EXPECT_TRUE(plan.by_commit);
  EXPECT_EQ(std::set<int64_t>(plan.versions.begin(), plan.versions.end()), expired);
  EXPECT_GE(plan.objects.size(), expired.size()) << "a manifest list each, and manifests";
  ASSERT_THAT(CommitExpiry(plan), IsOk());
  DeleteAll(plan.objects);
  std::set<int64_t> left(ids_.begin(), ids_.end());
  for (const int64_t id : expired) left.erase(id);
  ExpectLeft(left);
  ASSERT_OK_AND_ASSIGN(const auto in_use, table_.MetadataInUse());
  ASSERT_TRUE(in_use.has_value());
  for (const auto& name : *in_use) {
    if (name == VersionHintName()) continue;
    EXPECT_THAT(store_.Head(std::string(kLocation) + "/" + name), IsOk()) << name;
  }
  for (const auto& name : plan.objects) EXPECT_FALSE(in_use->contains(name)) << name;
}

TEST_F(IcebergExpiryTest, EachSupersededMetadataObjectGoesOnceAndNoneThatTheLogNames) {
  Fill(250);
  const ExpiryPlan first = Prepare(Ids(0, 30));
  EXPECT_EQ(first.numbers.size(), 31U) << "the one that created the table, too";
  EXPECT_THAT(first.numbers, Contains(MetadataName(1)));
  EXPECT_TRUE(first.number_stub.has_value());
  ASSERT_THAT(CommitExpiry(first), IsOk());
  const ExpiryPlan second = Prepare(Ids(30, 100));
  EXPECT_EQ(second.numbers.size(), 70U);
  ASSERT_THAT(CommitExpiry(second), IsOk());
  const ExpiryPlan third = Prepare(Ids(100, 240));
  DeleteAll(first.numbers);
  DeleteAll(second.numbers);
  DeleteAll(third.numbers);
  ASSERT_THAT(CommitExpiry(third), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
  for (const auto& entry : MetadataOf(*newest).metadata_log) {
    const std::string name = entry.metadata_file.substr(entry.metadata_file.rfind('/') + 1);
    EXPECT_THAT(store_.Head(std::string(kLocation) + "/metadata/" + name), IsOk()) << name;
  }
  ExpectLeft(Ids(240, 250));
}

TEST_F(IcebergExpiryTest, AStubIsNeverTakenForTheTable) {
  Fill(150);
  const ExpiryPlan plan = Prepare(Ids(0, 40));
  ASSERT_THAT(CommitExpiry(plan), IsOk());
  for (const auto& name : plan.numbers) {
    const std::string key = std::string(kLocation) + "/" + name;
    ASSERT_THAT(store_.Delete(key), IsOk());
    ASSERT_THAT(store_.PutIfAbsent(key, *plan.number_stub), IsOk());
  }
  ExpectLeft(Ids(40, 150));
}

TEST_F(IcebergExpiryTest, PreparingWritesNothingAndTwiceIsOnce) {
  Fill(30);
  ASSERT_OK_AND_ASSIGN(const auto before, store_.List(""));
  const ExpiryPlan first = Prepare(Ids(0, 20));
  const ExpiryPlan second = Prepare(Ids(0, 20));
  ASSERT_OK_AND_ASSIGN(const auto after, store_.List(""));
  EXPECT_EQ(before.size(), after.size());
  EXPECT_EQ(first.versions, second.versions);
  EXPECT_EQ(first.objects, second.objects);
  EXPECT_EQ(first.numbers, second.numbers);
  ASSERT_THAT(CommitExpiry(first), IsOk());
  ASSERT_THAT(CommitExpiry(second), IsOk()) << "what has gone is gone";
}

TEST_F(IcebergExpiryTest, TheCurrentSnapshotTagsAndBranchesStay) {
  Fill(20);
  Edit([&](codec::OrderedJson& document) {
    document["refs"]["release"] = {{"snapshot-id", ids_[3]}, {"type", "tag"}};
    document["refs"]["audit"] = {{"snapshot-id", ids_[9]}, {"type", "branch"}, {"min-snapshots-to-keep", 3}};
  });
  const ExpiryPlan plan = Prepare(Ids(0, 20));
  std::set<int64_t> left = {ids_[3], ids_[7], ids_[8], ids_[9], ids_[19]};
  EXPECT_EQ(plan.versions.size(), 20U - left.size());
  ASSERT_THAT(CommitExpiry(plan), IsOk());
  DeleteAll(plan.objects);
  ExpectLeft(left);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
  EXPECT_EQ(MetadataOf(*newest).refs.size(), 3U);
}

TEST_F(IcebergExpiryTest, AVersionThatIsRestoredInBetweenKeepsItsManifests) {
  Fill(20);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr target, table_.LoadVersion(ids_[4]));
  const auto read_before = table_.Load();
  ASSERT_THAT(read_before, IsOk());
  // Another process rolls back; this one expires with what it knew.
  Table rival({.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
  CommitIntent back = IntentOf("ROLLBACK");
  back.restore = target;
  ASSERT_OK_AND_ASSIGN(const auto done, rival.Commit(Always(std::move(back))));
  const ExpiryPlan plan = Expire(Ids(0, 10));
  EXPECT_EQ(plan.versions.size(), 10U);
  DeleteAll(plan.objects);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, format_.Load(store_, kLocation, nullptr));
  EXPECT_THAT(PathsOf(*newest), ElementsAre("data/5.parquet"));
  EXPECT_EQ(newest->snapshot_id, done.snapshot->snapshot_id);
}

TEST_F(IcebergExpiryTest, AfterALostRaceOnlyNewListsAreRead) {
  Fill(20);
  store::FaultyStore counting(store_);
  const auto reads_of = [&](int64_t& reads) {
    ASSERT_OK_AND_ASSIGN(const auto newest, table_.Load());
    const auto before = counting.count(store::StoreOperation::kGet);
    ASSERT_THAT(format_.PrepareExpiry(counting, kLocation, newest, Ids(10, 20), Ids(0, 10)), IsOk());
    reads = static_cast<int64_t>(counting.count(store::StoreOperation::kGet) - before);
  };
  int64_t reads = 0;
  reads_of(reads);
  EXPECT_EQ(reads, 20);
  reads_of(reads);
  EXPECT_EQ(reads, 0);
  Commit(Append("rival"));
  reads_of(reads);
  EXPECT_EQ(reads, 1);
}

TEST_F(IcebergExpiryTest, ATagThatCameBetweenPlanAndCommitWins) {
  Fill(20);
  const ExpiryPlan plan = Prepare(Ids(0, 10));
  Edit([&](codec::OrderedJson& document) { document["refs"]["late"] = {{"snapshot-id", ids_[4]}, {"type", "tag"}}; });
  EXPECT_THAT(CommitExpiry(plan), ErrorIs(ErrorCode::kConflict));
  ExpectLeft(Ids(0, 20));
  EXPECT_EQ(Expire(Ids(0, 10)).versions.size(), 9U) << "planned on what is there";
}

TEST_F(IcebergExpiryTest, TheSnapshotWhosePositionsAnotherOneInheritsStays) {
  Fill(10);
  Edit([&](codec::OrderedJson& document) {
    auto& summary = document["snapshots"][5]["summary"];
    for (const char* member : {"tarn.version", "tarn.bronze-position", "tarn.side"}) summary.erase(member);
  });
  auto expired = Ids(0, 8);
  expired.erase(ids_[5]);
  const ExpiryPlan plan = Prepare(expired);
  EXPECT_THAT(plan.versions, Not(Contains(ids_[4])));
  EXPECT_EQ(plan.versions.size(), 6U);
  ASSERT_THAT(CommitExpiry(plan), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr foreign, table_.LoadVersion(ids_[5]));
  EXPECT_EQ(foreign->transactions.at("tarn-side"), 105);
}

TEST_F(IcebergExpiryTest, StatisticsLeaveWithTheirSnapshot) {
  Fill(10);
  Edit([&](codec::OrderedJson& document) {
    for (const int i : {2, 9}) {
      document["statistics"].push_back(
          {{"snapshot-id", ids_[static_cast<size_t>(i)]},
           {"statistics-path", "memory:/silver/sales/orders/metadata/" + std::to_string(i) + ".stats"},
           {"file-size-in-bytes", 1},
           {"file-footer-size-in-bytes", 1},
           {"blob-metadata", codec::OrderedJson::array()}});
    }
  });
  const ExpiryPlan plan = Prepare(Ids(0, 5));
  EXPECT_THAT(plan.objects, Contains("metadata/2.stats"));
  EXPECT_THAT(plan.objects, Not(Contains("metadata/9.stats")));
  ASSERT_THAT(CommitExpiry(plan), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
  ASSERT_EQ(MetadataOf(*newest).statistics.size(), 1U);
}

TEST_F(IcebergExpiryTest, TablesThatAreNotOursLetNothingGo) {
  CommitIntent create = CreateIntent();
  create.properties = {{kExpireProperty, "false"}};
  Commit(std::move(create));
  for (const char* name : {"a", "b", "c"}) ids_.push_back(Commit(Append(name)));
  EXPECT_THAT(Prepare(Ids(0, 2)).versions, IsEmpty());
}

}  // namespace
}  // namespace tarn::table::iceberg
