// SPDX-License-Identifier: Apache-2.0
// Tombstones that retention drops: what may be older than one of them is quarantined, never revived.

#include <gtest/gtest.h>

#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

constexpr const char* kRows = "SELECT id, v FROM sales.silver.orders WHERE v IS NOT NULL ORDER BY id";
constexpr const char* kRefused = "SELECT payload->>'id', reason FROM sales.quarantine.orders ORDER BY received_at, id";

class TombstoneRetentionTest : public LakeTest {
 protected:
  void CreateKeeping(std::optional<std::chrono::milliseconds> retention) {
    auto draft = DraftOf("id integer key, v string, seq integer", "seq");
    draft.tombstone_retention = retention;
    CreateFrom(draft);
  }

  /// Deletes key 1 at place 100, then other keys until old tombstones are looked through.
  void DeleteMany() {
    for (size_t id = 1; id <= 2 * SideManifest::kMaxTombstoneFiles; ++id) {
      Put(R"([{"_op":"delete","id":)" + std::to_string(id) + R"(,"seq":)" + std::to_string(99 + id) + "}]");
    }
  }

  SideManifest Side() {
    const auto snapshot = tables_.Get("silver/sales/orders")->Load();
    EXPECT_THAT(snapshot, IsOk());
    const auto side = SideManifestOf(store_, "silver/sales/orders", **snapshot);
    EXPECT_THAT(side, IsOk());
    return *side;
  }
};

TEST_F(TombstoneRetentionTest, WithoutARetentionADeletedKeyIsRememberedForEver) {
  CreateKeeping(std::nullopt);
  DeleteMany();
  EXPECT_FALSE(Side().forgotten.has_value());
  Put(R"([{"id":1,"v":"late","seq":99},{"id":77,"v":"new","seq":5}])");
  EXPECT_EQ(Rows(kRows), "77|new");
  EXPECT_EQ(Rows(kRefused), "");
}

TEST_F(TombstoneRetentionTest, ARecordOlderThanWhatIsKnownIsQuarantined) {
  CreateKeeping(std::chrono::milliseconds(1));
  Put(R"([{"id":500,"v":"there","seq":50}])");
  DeleteMany();
  const auto side = Side();
  ASSERT_TRUE(side.forgotten.has_value());
  EXPECT_LE(side.Files().size(), SideManifest::kMaxObjects);
  Put(R"([{"id":1,"v":"first","seq":98},{"id":1,"v":"late","seq":99},{"id":77,"v":"may be late","seq":5},
          {"id":78,"v":"later than all","seq":1000},{"id":500,"v":"still there","seq":60},
          {"_op":"delete","id":79,"seq":3}])");
  EXPECT_EQ(Rows(kRows), "78|later than all;500|still there");
  const std::string reason = "older than what tombstone_retention still knows: its key may have been deleted after it";
  EXPECT_EQ(Rows(kRefused), "1|" + reason + ";77|" + reason);
  ASSERT_OK_AND_ASSIGN(const auto figures, silver_->FiguresOf("sales", "orders"));
  ASSERT_OK_AND_ASSIGN(const auto log, bronze_->LogOf("sales", "orders").Summary());
  EXPECT_EQ(figures.counters.quarantined, 2U);
  EXPECT_EQ(figures.counters.superseded, 1U);
  EXPECT_EQ(figures.counters.Sum(), log.rows);
}

TEST_F(TombstoneRetentionTest, PatchesAreJudgedAlike) {
  auto draft = DraftOf("id integer key, v string, seq integer", "seq");
  draft.merge_mode = contract::MergeMode::kPatch;
  draft.tombstone_retention = std::chrono::milliseconds(1);
  CreateFrom(draft);
  DeleteMany();
  Put(R"([{"id":1,"v":"late","seq":99},{"id":2,"v":"new","seq":1000}])");
  EXPECT_EQ(Rows(kRows), "2|new");
  ASSERT_OK_AND_ASSIGN(const auto figures, silver_->FiguresOf("sales", "orders"));
  EXPECT_EQ(figures.counters.quarantined, 1U);
}

TEST_F(TombstoneRetentionTest, ThePlaceOfForgottenOnesNeverGoesBack) {
  CreateKeeping(std::chrono::milliseconds(1));
  Put(R"([{"_op":"delete","id":1,"seq":5000}])");
  DeleteMany();
  Put(R"([{"id":1,"v":"late","seq":4999}])");
  EXPECT_EQ(Rows(kRows), "");
  ASSERT_OK_AND_ASSIGN(const auto decoded, DecodeSideManifest(EncodeSideManifest(Side())));
  EXPECT_EQ(decoded.forgotten, Side().forgotten);
}

}  // namespace
}  // namespace tarn::silver
