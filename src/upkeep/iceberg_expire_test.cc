// SPDX-License-Identifier: Apache-2.0
// Expiry of Iceberg tables: snapshots leave by a commit, their metadata goes with them.
#include "table/iceberg/iceberg_testing.h"
#include "upkeep/expire.h"
#include "upkeep/history_testing.h"
#include "upkeep/table_references.h"

namespace tarn::upkeep {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class IcebergExpireTest : public HistoryTest {
 protected:
  ExpireOutcome Run(Expire& expire) {
    const auto outcome = expire.Run(kLocation, false);
    EXPECT_THAT(outcome, IsOk());
    return outcome.value_or(ExpireOutcome());
  }

  /// Every version of the history loads for a process that starts now, and what it names is there.
  void ExpectWhole() {
    lake::OpenTables others({store_, formats_, clock_, randomness_});
    const auto reader = others.Get(kLocation);
    ASSERT_OK_AND_ASSIGN(const auto history, reader->History());
    for (const int64_t version : history) {
      EXPECT_THAT(reader->LoadVersion(version), IsOk()) << version;
      EXPECT_THAT(Missing(version), testing::IsEmpty()) << version;
    }
  }
};

TEST_P(IcebergExpireTest, SnapshotsLeaveAndWhatOnlyTheyNamedGoesAnHourLater) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {.keep = Rule()});
  const auto first = Run(expire);
  EXPECT_GT(first.versions, 30U);
  EXPECT_GT(first.doomed, 90U) << "a file, a manifest list and a side manifest each";
  ExpectWhole();
  clock_.Advance(hours(1));
  EXPECT_EQ(Run(expire).deleted, first.doomed);
  ExpectWhole();
  ASSERT_OK_AND_ASSIGN(const auto history, table()->History());
  EXPECT_EQ(history.size(), 20U) << "those of single minutes have left, too";
  // Superseded metadata made room at once, and keeps its numbers for a day.
  ASSERT_OK_AND_ASSIGN(const auto stub, store_.Get(std::string(kLocation) + "/metadata/v3.metadata.json"));
  EXPECT_LT(stub.size(), 100U);
  clock_.Advance(hours(23));
  Run(expire);
  EXPECT_THAT(store_.Head(std::string(kLocation) + "/metadata/v3.metadata.json"), ErrorIs(ErrorCode::kNotFound));
  ExpectWhole();
  CommitAndReplace(seconds(1));
  ExpectWhole();
}

TEST_P(IcebergExpireTest, ATagThatComesMeanwhileLetsNothingGoAndTheNextRunGoesAroundIt) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  ASSERT_OK_AND_ASSIGN(const auto history, table()->History());
  ASSERT_OK_AND_ASSIGN(const auto newest, table()->Load());
  const std::string prefix = std::string(kLocation) + "/metadata/v";
  ASSERT_OK_AND_ASSIGN(const auto body, store_.Get(prefix + std::to_string(newest->version) + ".metadata.json"));
  auto document = codec::OrderedJson::parse(body);
  document["refs"]["release"] = {{"snapshot-id", history[3]}, {"type", "tag"}};
  ASSERT_THAT(
      store_.PutIfAbsent(prefix + std::to_string(newest->version + 1) + ".metadata.json", codec::Dump(document)),
      IsOk());
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {.keep = Rule()});
  EXPECT_GT(Run(expire).versions, 20U);
  clock_.Advance(hours(1));
  Run(expire);
  ExpectWhole();
  ASSERT_OK_AND_ASSIGN(const auto left, table()->History());
  EXPECT_EQ(left.front(), history[3]);
}

TEST_P(IcebergExpireTest, OrphansAreToldFromMetadataInUse) {
  for (int i = 0; i < 60; ++i) CommitAndReplace(seconds(1));
  Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {.keep = Rule()});
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

INSTANTIATE_TEST_SUITE_P(Formats, IcebergExpireTest, testing::Values("iceberg"), FormatLabel);

}  // namespace
}  // namespace tarn::upkeep
