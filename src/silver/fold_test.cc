// SPDX-License-Identifier: Apache-2.0
// Patches, rows that stay marked when they are deleted, rows for every version of a key.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using contract::Operation;

class FoldTest : public LakeTest {
 protected:
  void CreatePatched(const std::string& columns, const std::string& sequence_by = "") {
    auto draft = DraftOf(columns, sequence_by);
    draft.merge_mode = contract::MergeMode::kPatch;
    CreateFrom(draft);
  }

  void CreateVersioned(const std::string& columns, const std::string& sequence_by = "") {
    auto draft = DraftOf(columns, sequence_by);
    draft.history = contract::History::kScd2;
    CreateFrom(draft);
  }
};

TEST_F(FoldTest, APatchKeepsWhatItDoesNotBringAndNullSetsNull) {
  CreatePatched("id integer key, a string, b integer");
  Put(R"([{"id":1,"a":"x","b":7,"note":"kept"}])");
  Put(R"([{"id":1,"b":8}])");
  EXPECT_EQ(Rows("SELECT id, a, b, note FROM sales.silver.orders"), "1|x|8|kept");
  Put(R"([{"id":1,"a":null},{"id":2,"b":1},{"id":1,"note":"new"}])");
  EXPECT_EQ(Rows("SELECT id, a, b, note FROM sales.silver.orders ORDER BY id"), "1|NULL|8|new;2|NULL|1|NULL");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 5, .superseded = 0, .deleted = 0, .quarantined = 0, .rolled_back = 0}));
}

TEST_F(FoldTest, ALowerPatchIsSupersededWhole) {
  CreatePatched("id integer key, seq integer, a string, b string", "seq");
  Put(R"([{"id":1,"seq":5,"a":"five"}])");
  Put(R"([{"id":1,"seq":3,"b":"three"},{"id":1,"seq":7,"b":"seven"},{"id":1,"seq":6,"a":"six"}])");
  EXPECT_EQ(Rows("SELECT seq, a, b FROM sales.silver.orders"), "7|five|seven");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 2, .superseded = 2, .deleted = 0, .quarantined = 0, .rolled_back = 0}));
}

TEST_F(FoldTest, APatchOfADeletedKeyStartsAnew) {
  auto draft = DraftOf("id integer key, seq integer, a string, b string", "seq");
  draft.merge_mode = contract::MergeMode::kPatch;
  draft.columns[3].default_text = "none";
  CreateFrom(draft);
  Put(R"([{"id":1,"seq":1,"a":"x","b":"y"},{"id":2,"seq":1,"a":"x"}])");
  Put(R"([{"id":1,"seq":2,"_op":"delete"}])");
  Put(R"([{"id":1,"seq":1,"a":"late"}])");
  EXPECT_EQ(Rows("SELECT id, a, b FROM sales.silver.orders"), "2|x|none");
  Put(R"([{"id":1,"seq":3,"a":"back"},{"id":2,"seq":2,"b":"z","_op":"upsert"},{"id":2,"seq":3,"_op":"delete"},{"id":2,"seq":4}])");
  EXPECT_EQ(Rows("SELECT id, a, b FROM sales.silver.orders ORDER BY id"), "1|back|none;2|NULL|none");
}

TEST_F(FoldTest, ARequiredColumnMayBeMissingInAPatchButNotNull) {
  CreatePatched("id integer key, a string required, b integer");
  Put(R"([{"id":1,"a":"x","b":1},{"id":1,"b":2},{"id":1,"a":null}])");
  EXPECT_EQ(Rows("SELECT a, b FROM sales.silver.orders"), "x|2");
  EXPECT_EQ(CountersNow().quarantined, 1U);
}

TEST_F(FoldTest, ASoftlyDeletedRowStaysMarked) {
  auto draft = DraftOf("id integer key, seq integer, a string", "seq");
  draft.soft_delete = true;
  CreateFrom(draft);
  Put(R"([{"id":1,"seq":1,"a":"x"},{"id":2,"seq":1,"a":"y"}])");
  Put(R"([{"id":1,"seq":5},{"id":3,"seq":5}])", Operation::kDelete);
  EXPECT_EQ(Rows("SELECT id, seq, a, _deleted FROM sales.silver.orders ORDER BY id"),
            "1|5|x|true;2|1|y|false;3|5|NULL|true");
  Put(R"([{"id":1,"seq":4,"a":"late"},{"id":3,"seq":6,"a":"z"}])");
  EXPECT_EQ(Rows("SELECT id, a, _deleted FROM sales.silver.orders ORDER BY id"), "1|x|true;2|y|false;3|z|false");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 3, .superseded = 1, .deleted = 2, .quarantined = 0, .rolled_back = 0}));
}

TEST_F(FoldTest, SoftDeletesOfPatchedRowsKeepTheirValues) {
  auto draft = DraftOf("id integer key, a string, b string");
  draft.merge_mode = contract::MergeMode::kPatch;
  draft.soft_delete = true;
  CreateFrom(draft);
  Put(R"([{"id":1,"a":"x","b":"y"},{"id":1,"_op":"delete","a":"ignored"},{"id":1,"b":"z"}])");
  EXPECT_EQ(Rows("SELECT a, b, _deleted FROM sales.silver.orders"), "x|z|false");
}

TEST_F(FoldTest, AFieldOfThePayloadDoesNotFillAnOptionColumn) {
  auto draft = DraftOf("id integer key");
  draft.soft_delete = true;
  CreateFrom(draft);
  Put(R"([{"id":1,"_deleted":"mine"}])");
  EXPECT_EQ(Rows("SELECT id, _deleted, _rescued FROM sales.silver.orders"), R"(1|false|{"_deleted":"mine"})");
}

TEST_F(FoldTest, StoredTextIsQuotedWhenItsColumnBecomesJson) {
  CreatePatched("id integer key, a integer");
  Put(R"([{"id":1,"x":"text"},{"id":2,"x":"[1]"},{"id":3,"x":"left alone"}])");
  Put(R"([{"id":1,"a":1},{"id":2,"a":2},{"id":4,"x":{"o":1}}])");
  EXPECT_EQ(Rows("SELECT id, a, x FROM sales.silver.orders ORDER BY id"),
            R"(1|1|"text";2|2|"[1]";3|NULL|"left alone";4|NULL|{"o":1})");
}

TEST_F(FoldTest, StoredTextOfAClosedVersionIsQuotedWhenItsColumnBecomesJson) {
  CreateVersioned("id integer key");
  Put(R"([{"id":1,"x":"text"}])");
  Put(R"([{"id":1,"x":{"o":1}}])");
  EXPECT_EQ(Rows("SELECT x, is_current FROM sales.silver.orders ORDER BY is_current"), R"("text"|false;{"o":1}|true)");
}

TEST_F(FoldTest, EveryVersionOfAKeyIsARow) {
  CreateVersioned("id integer key, at timestamp, v string", "at");
  Put(R"([{"id":1,"at":"2026-01-01","v":"a"},{"id":2,"at":"2026-01-01","v":"p"}])");
  Put(R"([{"id":1,"at":"2026-01-02","v":"b"},{"id":1,"at":"2026-01-03","v":"c"},{"id":1,"at":"2026-01-02","v":"late"}])");
  const std::string rows =
      "SELECT id, v, strftime(valid_from, '%d'), strftime(valid_to, '%d'), is_current FROM sales.silver.orders "
      "ORDER BY id, valid_from";
  EXPECT_EQ(Rows(rows), "1|a|01|02|false;1|b|02|03|false;1|c|03|NULL|true;2|p|01|NULL|true");
  Put(R"([{"id":1,"at":"2026-01-05"}])", Operation::kDelete);
  EXPECT_EQ(Rows(rows), "1|a|01|02|false;1|b|02|03|false;1|c|03|05|false;2|p|01|NULL|true");
  Put(R"([{"id":1,"at":"2026-01-04","v":"too late"},{"id":1,"at":"2026-01-07","v":"d"}])");
  EXPECT_EQ(Rows(rows), "1|a|01|02|false;1|b|02|03|false;1|c|03|05|false;1|d|07|NULL|true;2|p|01|NULL|true");
}

TEST_F(FoldTest, WithoutATimeAsSequenceAVersionIsValidFromItsArrival) {
  CreateVersioned("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  Put(R"([{"id":1,"v":"b"}])");
  EXPECT_EQ(
      Rows("SELECT v, valid_from = _insert_date, valid_to IS NULL, is_current FROM sales.silver.orders ORDER BY v"),
      "a|true|false|false;b|true|true|true");
  EXPECT_EQ(Rows("SELECT count(DISTINCT t) FROM (SELECT valid_to t FROM sales.silver.orders WHERE v = 'a' UNION ALL "
                 "SELECT valid_from FROM sales.silver.orders WHERE v = 'b')"),
            "1");
}

TEST_F(FoldTest, DeletingAnUnknownKeyOfAVersionedTableMakesNoRow) {
  CreateVersioned("id integer key, v string");
  Put(R"([{"id":1}])", Operation::kDelete);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "0");
}

/// One patched row as the rules say, record by record.
struct Row {
  std::optional<int64_t> sequence;
  std::map<std::string, std::optional<int64_t>> values;
  bool deleted = false;
};

class PatchPropertyTest : public FoldTest, public testing::WithParamInterface<std::string> {
 protected:
  int64_t Pick(int64_t below) { return static_cast<int64_t>(dice_() % static_cast<uint64_t>(below)); }

  std::string RandomPatch() {
    const auto key = Pick(12);
    std::optional<int64_t> sequence;
    if (Pick(10) > 0) sequence = Pick(40);
    const bool deletes = Pick(6) == 0;
    std::map<std::string, std::optional<int64_t>> brought;
    for (const auto* column : {"a", "b", "c"}) {
      if (Pick(2) == 0) brought[column] = Pick(4) == 0 ? std::nullopt : std::optional(Pick(1000));
    }
    auto [at, inserted] = model_.try_emplace(key);
    auto& row = at->second;
    if (inserted || !(sequence < row.sequence)) {
      if (inserted || deletes || row.deleted) row.values = {{"a", {}}, {"b", {}}, {"c", {}}};
      // A record without a sequence is the lowest and was applied only where no other one was.
      row.sequence = sequence;
      row.deleted = deletes;
      if (!deletes) {
        for (const auto& [column, value] : brought) row.values[column] = value;
      }
    }
    std::string json = R"({"id":)" + std::to_string(key);
    if (sequence) json += R"(,"seq":)" + std::to_string(*sequence);
    if (deletes) json += R"(,"_op":"delete")";
    for (const auto& [column, value] : brought) {
      json += ",\"" + column + "\":" + (value ? std::to_string(*value) : "null");
    }
    return json + "}";
  }

  std::string ModelRows() const {
    std::string text;
    for (const auto& [key, row] : model_) {
      if (row.deleted) continue;
      if (!text.empty()) text += ";";
      text += std::to_string(key);
      for (const auto& [column, value] : row.values) text += "|" + (value ? std::to_string(*value) : "NULL");
    }
    return text;
  }

  const uint64_t seed_ = std::random_device()();
  std::mt19937_64 dice_{seed_};
  std::map<int64_t, Row> model_;
};

TEST_P(PatchPropertyTest, WhereOneMergeEndsMakesNoDifference) {
  table_format_ = GetParam();
  merge_on_read_ = true;
  CreatePatched("id integer key, seq integer, a integer, b integer, c integer", "seq");
  for (int merge = 0; merge < 15; ++merge) {
    for (int64_t posts = 1 + Pick(3); posts > 0; --posts) {
      std::string body = "[";
      for (int64_t records = 1 + Pick(8); records > 0; --records) body += (body.size() > 1 ? "," : "") + RandomPatch();
      Post(body + "]");
      if (Pick(2) == 0) Land();
    }
    Land();
    ASSERT_TRUE(MergeOnce().committed);
    ASSERT_EQ(Rows("SELECT id, a, b, c FROM sales.silver.orders ORDER BY id"), ModelRows())
        << "seed " << seed_ << ", merge " << merge;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, PatchPropertyTest, testing::Values("delta", "iceberg"),
                         [](const auto& info_of) { return info_of.param; });

}  // namespace
}  // namespace tarn::silver
