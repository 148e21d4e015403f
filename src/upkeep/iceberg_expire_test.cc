// SPDX-License-Identifier: Apache-2.0
// Expiry of Iceberg tables: snapshots leave by a commit, their metadata goes with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "lake/keys.h"
#include "lake/open_tables.h"
#include "silver/merge.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"
#include "upkeep/expire.h"
#include "upkeep/table_references.h"

namespace tarn::upkeep {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kLocation = "silver/sales/orders";

class IcebergExpireTest : public testing::Test {
 protected:
  void Put(const std::string& key, const std::string& body) {
    const store::PutRequest put{key, body};
    ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  }

  /// Each commit replaces the file of the one before it; every tenth leaves it.
  void CommitAndReplace() {
    clock_.Advance(seconds(1));
    const int64_t number = ++commits_;
    table::CommitIntent intent = table::iceberg::Append(std::to_string(number));
    intent.now = clock_.Now();
    if (number == 1) intent.schema = table::iceberg::OrdersSchema();
    if (number > 1 && number % 10 != 1) intent.remove = {"data/" + std::to_string(number - 1) + ".parquet"};
    intent.transactions = {{silver::kPositionTransaction, number}, {silver::kSideTransaction, 1'000 + number}};
    Put(lake::SideKey(kLocation, silver::SideManifestName(1'000 + number)),
        silver::EncodeSideManifest(silver::SideManifest()));
    Put(std::string(kLocation) + "/data/" + std::to_string(number) + ".parquet", "rows");
    ASSERT_THAT(table()->Commit(table::Always(std::move(intent))), IsOk());
    ASSERT_THAT(table()->Maintain(), IsOk());
  }

  std::shared_ptr<table::Table> table() { return tables_.Get(kLocation); }

  ExpireOutcome Run(Expire& expire) {
    const auto outcome = expire.Run(kLocation, false);
    EXPECT_THAT(outcome, IsOk());
    return outcome.value_or(ExpireOutcome());
  }

  size_t Objects(const std::string& prefix) {
    const auto listed = store_.List(prefix);
    EXPECT_THAT(listed, IsOk());
    return listed ? listed->size() : 0;
  }

  /// Every version of the history loads, and what it names is there.
  void ExpectWhole() {
    lake::OpenTables others({store_, format_, clock_, randomness_});
    const auto reader = others.Get(kLocation);
    ASSERT_OK_AND_ASSIGN(const auto history, reader->History());
    for (const int64_t version : history) {
      ASSERT_OK_AND_ASSIGN(const auto snapshot, reader->LoadVersion(version));
      for (const auto& file : snapshot->files) {
        ASSERT_THAT(store_.Head(std::string(kLocation) + "/" + file->path), IsOk()) << version;
      }
      const auto side = silver::SideManifestName(snapshot->transactions.at(silver::kSideTransaction));
      ASSERT_THAT(store_.Head(lake::SideKey(kLocation, side)), IsOk()) << version;
    }
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{77};
  store::MemoryStore store_{store::MemoryStore::Options{.clock = &clock_}};
  table::iceberg::IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  lake::OpenTables tables_{{store_, format_, clock_, randomness_}};
  int64_t commits_ = 0;
};

TEST_F(IcebergExpireTest, SnapshotsLeaveAndWhatOnlyTheyNamedGoesAnHourLater) {
  for (int i = 0; i < 250; ++i) CommitAndReplace();
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {});
  const auto first = Run(expire);
  EXPECT_GT(first.versions, 100U);
  EXPECT_GT(first.doomed, 300U) << "a file, a manifest list and a side manifest each";
  ExpectWhole();
  clock_.Advance(hours(1));
  EXPECT_EQ(Run(expire).deleted, first.doomed);
  ExpectWhole();
  ASSERT_OK_AND_ASSIGN(const auto history, table()->History());
  EXPECT_EQ(history.size(), 100U) << "those of single minutes have left, too";
  // Superseded metadata made room at once, and keeps its numbers for a day.
  ASSERT_OK_AND_ASSIGN(const auto stub, store_.Get(std::string(kLocation) + "/metadata/v3.metadata.json"));
  EXPECT_LT(stub.size(), 100U);
  clock_.Advance(hours(23));
  Run(expire);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/metadata/v3.metadata.json"), ErrorIs(ErrorCode::kNotFound));
  ExpectWhole();
  CommitAndReplace();
  ExpectWhole();
}

TEST_F(IcebergExpireTest, ATagThatComesMeanwhileLetsNothingGoAndTheNextRunGoesAroundIt) {
  for (int i = 0; i < 150; ++i) CommitAndReplace();
  ASSERT_OK_AND_ASSIGN(const auto history, table()->History());
  ASSERT_OK_AND_ASSIGN(const auto newest, table()->Load());
  const std::string prefix = std::string(kLocation) + "/metadata/v";
  ASSERT_OK_AND_ASSIGN(const auto body, store_.Get(prefix + std::to_string(newest->version) + ".metadata.json"));
  auto document = codec::OrderedJson::parse(body);
  document["refs"]["release"] = {{"snapshot-id", history[3]}, {"type", "tag"}};
  ASSERT_THAT(
      store_.PutIfAbsent(prefix + std::to_string(newest->version + 1) + ".metadata.json", codec::Dump(document)),
      IsOk());
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {});
  EXPECT_GT(Run(expire).versions, 20U);
  clock_.Advance(hours(1));
  Run(expire);
  ExpectWhole();
  ASSERT_OK_AND_ASSIGN(const auto left, table()->History());
  EXPECT_EQ(left.front(), history[3]);
}

TEST_F(IcebergExpireTest, OrphansAreToldFromMetadataInUse) {
  for (int i = 0; i < 150; ++i) CommitAndReplace();
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {});
  Run(expire);
  const std::string metadata = std::string(kLocation) + "/metadata/";
  Put(metadata + "lost-m0.avro", "of a commit that lost its race");
  TableReferences references(store_, tables_);
  ASSERT_OK_AND_ASSIGN(const auto keeps, references.Load(std::string(kLocation) + "/"));
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List(std::string(kLocation) + "/"));
  for (const auto& object : objects) {
    const bool superseded = object.key.ends_with(".metadata.json");
    if (superseded) continue;
    EXPECT_EQ(keeps(object.key), !object.key.ends_with("lost-m0.avro")) << object.key;
  }
  ASSERT_OK_AND_ASSIGN(const auto newest, table()->Load());
  EXPECT_TRUE(keeps(metadata + "v" + std::to_string(newest->version) + ".metadata.json"));
  EXPECT_TRUE(keeps(metadata + "v" + std::to_string(newest->version - 1) + ".metadata.json")) << "in the log";
  EXPECT_TRUE(keeps(metadata + "v1.metadata.json")) << "an expiry record has its number";
  ExpectWhole();
}

}  // namespace
}  // namespace tarn::upkeep
