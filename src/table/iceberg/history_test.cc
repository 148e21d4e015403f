// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"

namespace tarn::table::iceberg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class IcebergHistoryTest : public testing::Test {
 protected:
  /// A commit ten seconds after the last one; gives the id of the snapshot it made.
  int64_t Commit(CommitIntent intent) {
    clock_.Advance(std::chrono::seconds(10));
    intent.now = clock_.Now();
    const auto outcome = table_.Commit(Always(std::move(intent)));
    EXPECT_THAT(outcome, IsOk());
    return outcome ? outcome->snapshot->snapshot_id : -2;
  }

  int64_t Merge(const std::string& name, int64_t position, const std::vector<std::string>& remove = {}) {
    CommitIntent intent = Append(name);
    intent.operation = "MERGE";
    intent.remove = remove;
    intent.transactions = {{"tarn-bronze", position}, {"tarn-side", 100 + position}};
    return Commit(std::move(intent));
  }

  /// Makes the newest metadata's successor by hand, as another writer would.
  void Edit(const std::function<void(codec::OrderedJson&)>& edit) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
    const std::string folder = std::string(kLocation) + "/metadata/v";
    ASSERT_OK_AND_ASSIGN(const std::string body,
                         store_.Get(folder + std::to_string(newest->version) + ".metadata.json"));
    auto document = codec::OrderedJson::parse(body);
    edit(document);
    ASSERT_THAT(
        store_.PutIfAbsent(folder + std::to_string(newest->version + 1) + ".metadata.json", codec::Dump(document)),
        IsOk());
  }

  ManualClock clock_{{kNow.micros}};
  SeededRandomness randomness_{3};
  store::MemoryStore store_;
  IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
};

TEST_F(IcebergHistoryTest, ATableWithoutDataHasNoHistory) {
  EXPECT_EQ(Commit(CreateIntent()), -1);
  ASSERT_OK_AND_ASSIGN(const auto history, table_.History());
  EXPECT_THAT(history, IsEmpty());
  EXPECT_THAT(table_.LoadVersion(1), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(IcebergHistoryTest, VersionsAreSnapshotsWithWhatTheySet) {
  Commit(CreateIntent());
  const int64_t first = Merge("a", 1);
  const int64_t second = Merge("b", 2, {"data/a.parquet"});
  CommitIntent alter = IntentOf("ALTER");
  alter.properties = {{"owner", "x"}};
  EXPECT_EQ(Commit(std::move(alter)), second) << "a change of properties is no snapshot";
  const int64_t third = Merge("c", 3);
  ASSERT_OK_AND_ASSIGN(const auto history, table_.History());
  EXPECT_THAT(history, ElementsAre(first, second, third));

  ASSERT_OK_AND_ASSIGN(const auto change, table_.LoadChange(second));
  EXPECT_EQ(change.version, second);
  EXPECT_EQ(change.parent, first);
  EXPECT_THAT(change.added, ElementsAre("data/b.parquet"));
  EXPECT_EQ(change.transactions.at("tarn-side"), 102);
  EXPECT_EQ(change.committed_at.micros / 1000, (kNow.micros + 30'000'000) / 1000);
  EXPECT_THAT(table_.LoadChange(7), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(IcebergHistoryTest, AMergedManifestBringsOnlyWhatItsSnapshotAdded) {
  Commit(CreateIntent());
  std::vector<int64_t> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(Merge(std::to_string(i), i));
  for (size_t i = 1; i < ids.size(); ++i) {
    ASSERT_OK_AND_ASSIGN(const auto change, table_.LoadChange(ids[i]));
    EXPECT_THAT(change.added, ElementsAre("data/" + std::to_string(i) + ".parquet")) << i;
  }
}

TEST_F(IcebergHistoryTest, AVersionOfThePastHasItsFilesPositionsAndSchema) {
  Commit(CreateIntent());
  const int64_t first = Merge("a", 1);
  CommitIntent wider = Append("b");
  wider.schema = OrdersSchema();
  wider.schema->fields.push_back(FieldOf(6, "late", Scalar(TypeKind::kDouble)));
  wider.remove = {"data/a.parquet"};
  wider.transactions = {{"tarn-bronze", 2}, {"tarn-side", 102}};
  Commit(std::move(wider));
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr then, table_.LoadVersion(first));
  EXPECT_EQ(then->snapshot_id, first);
  EXPECT_EQ(then->schema, OrdersSchema());
  EXPECT_THAT(PathsOf(*then), ElementsAre("data/a.parquet"));
  EXPECT_EQ(then->transactions.at("tarn-bronze"), 1);
  EXPECT_EQ(then->transactions.at("tarn-side"), 101);
  EXPECT_EQ(then->committed_at.micros / 1000, (kNow.micros + 20'000'000) / 1000);
}

TEST_F(IcebergHistoryTest, ASnapshotOfAnotherWriterHasThePositionsBelowIt) {
  Commit(CreateIntent());
  Merge("a", 1);
  Merge("b", 2);
  const int64_t next = Merge("c", 3);
  Edit([&](codec::OrderedJson& document) {
    auto& summary = document["snapshots"][1]["summary"];
    for (const char* member : {"tarn.version", "tarn.bronze-position", "tarn.side"}) summary.erase(member);
  });
  ASSERT_OK_AND_ASSIGN(const auto history, table_.History());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr foreign, table_.LoadVersion(history[1]));
  EXPECT_EQ(foreign->transactions.at("tarn-bronze"), 1);
  EXPECT_EQ(foreign->transactions.at("tarn-side"), 101);
  ASSERT_OK_AND_ASSIGN(const auto change, table_.LoadChange(history[1]));
  EXPECT_THAT(change.transactions, IsEmpty());
  EXPECT_EQ(history[2], next);
}

TEST_F(IcebergHistoryTest, AnInstantIsTheSnapshotThatWasCurrentThen) {
  Commit(CreateIntent());
  std::vector<int64_t> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(Merge(std::to_string(i), i));
  const auto at = [&](int64_t seconds) { return Timestamp{kNow.micros + seconds * 1'000'000}; };
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto there, table_.VersionAt(at(20 + 10 * i)));
    EXPECT_EQ(there, ids[static_cast<size_t>(i)]);
    ASSERT_OK_AND_ASSIGN(const auto later, table_.VersionAt(at(29 + 10 * i)));
    EXPECT_EQ(later, ids[static_cast<size_t>(i)]);
  }
  ASSERT_OK_AND_ASSIGN(const auto before, table_.VersionAt(at(19)));
  EXPECT_EQ(before, std::nullopt);
}

TEST_F(IcebergHistoryTest, AnInstantBeforeTheLogIsTheLastOlderSnapshotThatIsLeft) {
  Commit(CreateIntent());
  std::vector<int64_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Merge(std::to_string(i), i));
  CommitIntent expire = IntentOf("EXPIRE");
  expire.expire = {ids[2]};
  Commit(std::move(expire));
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
  EXPECT_THAT(MetadataOf(*newest).snapshot_log, SizeIs(2)) << "what lies before a gap says nothing";
  ASSERT_OK_AND_ASSIGN(const auto there, table_.VersionAt({kNow.micros + 45'000'000}));
  EXPECT_EQ(there, ids[1]);
}

TEST_F(IcebergHistoryTest, WhatOtherBranchesHoldWasNeverCurrent) {
  Commit(CreateIntent());
  const int64_t first = Merge("a", 1);
  const int64_t second = Merge("b", 2);
  // Another writer's branch, and main gone back below it.
  Edit([&](codec::OrderedJson& document) {
    document["refs"]["audit"] = {{"snapshot-id", second}, {"type", "branch"}};
    document["refs"]["main"]["snapshot-id"] = first;
    document["current-snapshot-id"] = first;
    document["snapshot-log"].erase(1);
    document["snapshots"][1]["summary"].erase("tarn.version");
  });
  ASSERT_OK_AND_ASSIGN(const auto there, table_.VersionAt({kNow.micros + 90'000'000}));
  EXPECT_EQ(there, first);
}

}  // namespace
}  // namespace tarn::table::iceberg
