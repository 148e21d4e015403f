// SPDX-License-Identifier: Apache-2.0
// Columns of lists and structs from ingest to silver: merges of every kind, fields that come later, rebuilds, ids.

#include <gtest/gtest.h>

#include <set>

#include "silver/lake_testing.h"
#include "silver/rebuild.h"

namespace tarn::silver {
namespace {

using contract::Operation;

constexpr const char* kItems = "list<struct<sku:string,qty:integer>>";
constexpr const char* kItemsWithColor = "list<struct<sku:string,color:string,qty:integer>>";

class NestedColumnsTest : public LakeTest, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    table_format_ = GetParam();
    LakeTest::SetUp();
  }

  static contract::Column Typed(const std::string& name, const std::string& type) {
    contract::Column column;
    column.name = name;
    EXPECT_TRUE(contract::ReadTypeWord(type, column)) << type;
    return column;
  }

  contract::ContractDraft WithItems(const std::string& columns, const std::string& type = kItems) const {
    auto draft = DraftOf(columns);
    draft.columns.push_back(Typed("items", type));
    return draft;
  }

  table::SnapshotPtr Snapshot() {
    const auto snapshot = formats_.Load(store_, "silver/sales/orders", nullptr);
    EXPECT_THAT(snapshot, IsOk());
    return *snapshot;
  }

  table::Field ItemsField() {
    const auto snapshot = Snapshot();
    return snapshot->schema.fields[snapshot->schema.IndexOf("items").value()];
  }

  std::string Silver(const std::string& columns = "id, items") {
    return Rows("SELECT " + columns + " FROM sales.silver.orders ORDER BY id");
  }

  Status TryChange(const contract::ContractDraft& draft, bool force = false) {
    std::vector<contract::IncompatibleChange> incompatible;
    TARN_TRY(registry_.Update(draft, [] { return Result<bool>(true); }, incompatible, force));
    if (!force && !incompatible.empty()) return Fail(ErrorCode::kConflict, incompatible.front().reason);
    return {};
  }
};

std::set<int32_t> IdsIn(const std::vector<table::Field>& fields) {
  std::set<int32_t> ids;
  for (const auto& field : fields) {
    ids.insert(field.id);
    ids.merge(IdsIn(field.type.children));
  }
  return ids;
}

size_t CountIn(const std::vector<table::Field>& fields) {
  auto count = fields.size();
  for (const auto& field : fields) count += CountIn(field.type.children);
  return count;
}

TEST_P(NestedColumnsTest, TheLatestRecordOfAKeyWins) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"sku":"a","qty":"1"},{"sku":"b"}]},{"id":2,"items":[]},{"id":3,"items":null},{"id":4}])");
  EXPECT_EQ(Silver(), "1|[{'sku': a, 'qty': 1}, {'sku': b, 'qty': NULL}];2|[];3|NULL;4|NULL");
  Put(R"([{"id":1,"items":[null,{"qty":7,"sku":"c"}]},{"id":3,"items":[{"sku":"d","qty":2}]},{"id":2,"_op":"delete"}])");
  EXPECT_EQ(Silver(), "1|[NULL, {'sku': c, 'qty': 7}];3|[{'sku': d, 'qty': 2}];4|NULL");
  EXPECT_EQ(Silver("id, items[1].sku, len(items)"), "1|NULL|2;3|d|1;4|NULL|NULL");
  EXPECT_EQ(Rows("SELECT id, u.qty FROM (SELECT id, unnest(items) AS u FROM sales.silver.orders) WHERE u.qty > 2"),
            "1|7");
}

TEST_P(NestedColumnsTest, BronzeIsTypedAsWell) {
  CreateFrom(WithItems("id integer key"));
  Post(R"([{"id":1,"items":[{"sku":"a","qty":"1","x":[2]}]}])");
  const std::string query = "SELECT items, items[1].qty + 1, _rescued FROM sales.bronze.orders";
  const std::string rows = R"([{'sku': a, 'qty': 1}]|2|{"items":[{"x":[2]}]})";
  EXPECT_EQ(Rows(query), rows);
  Land();
  EXPECT_EQ(Rows(query), rows);
}

TEST_P(NestedColumnsTest, MembersWithoutAFieldAreRescued) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"sku":"a"},{"sku":"b","color":"red"}],"_offset":5}])");
  EXPECT_EQ(Silver("items, _rescued"),
            R"([{'sku': a, 'qty': NULL}, {'sku': b, 'qty': NULL}]|{"_offset":5,"items":[null,{"color":"red"}]})");
}

TEST_P(NestedColumnsTest, WhatDoesNotFitIsQuarantined) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"qty":"many"}]},{"id":2,"items":[{"qty":"2"}]}])");
  EXPECT_EQ(Silver(), "2|[{'sku': NULL, 'qty': 2}]");
  EXPECT_EQ(Rows("SELECT errors::VARCHAR LIKE '%items.0.qty%' FROM sales.quarantine.orders"), "true");
  EXPECT_EQ(CountersNow().quarantined, 1U);
}

TEST_P(NestedColumnsTest, AFieldThatComesLaterIsMissingInStoredRows) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"sku":"a","qty":1}]},{"id":2,"items":[]},{"id":3}])");
  const auto before = ItemsField();
  const auto files = Snapshot()->files;
  ASSERT_THAT(TryChange(WithItems("id integer key", kItemsWithColor)), IsOk());
  const std::string stored = "1|[{'sku': a, 'qty': 1, 'color': NULL}];2|[];3|NULL";
  EXPECT_EQ(Silver(), stored) << "the contract is ahead of the table";
  Put(R"([{"id":4,"items":[{"sku":"b","color":"red","qty":2}]}])");
  EXPECT_EQ(Silver(), stored + ";4|[{'sku': b, 'qty': 2, 'color': red}]");
  const auto after = ItemsField();
  const auto& fields = after.type.children[0].type.children;
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.type.children[0].id, before.type.children[0].id);
  EXPECT_EQ(fields[0].id, before.type.children[0].type.children[0].id);
  EXPECT_EQ(fields[2].name, "color");
  const auto snapshot = Snapshot();
  EXPECT_EQ(IdsIn(snapshot->schema.fields).size(), CountIn(snapshot->schema.fields));
  EXPECT_GT(fields[2].id, *IdsIn(before.type.children).rbegin());
  for (const auto& file : files) {
    EXPECT_TRUE(std::ranges::any_of(snapshot->files, [&](const auto& one) { return one->path == file->path; }))
        << "files are not rewritten for a new field";
  }
  Put(R"([{"id":1,"items":[{"sku":"a","qty":1,"color":"blue"}]},{"id":3,"_op":"delete"}])");
  EXPECT_EQ(Silver("id, items[1].color"), "1|blue;2|NULL;4|red");
}

TEST_P(NestedColumnsTest, FieldsAreNeitherRemovedNorRetyped) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"sku":"a","qty":1}]}])");
  EXPECT_THAT(TryChange(WithItems("id integer key", "list<struct<sku:string>>")), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(TryChange(WithItems("id integer key", "list<struct<sku:string,qty:double>>")),
              ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(Silver(), "1|[{'sku': a, 'qty': 1}]");
}

TEST_P(NestedColumnsTest, APatchReplacesTheWholeValue) {
  auto draft = WithItems("id integer key, note string");
  draft.merge_mode = contract::MergeMode::kPatch;
  draft.columns.back().default_text = R"([{"sku":"none"}])";
  CreateFrom(draft);
  Put(R"([{"id":1,"items":[{"sku":"a","qty":1}],"note":"x"},{"id":2}])");
  Put(R"([{"id":1,"items":[{"sku":"b"}]},{"id":2,"note":"y"}])");
  EXPECT_EQ(Silver("id, items, note"), "1|[{'sku': b, 'qty': NULL}]|x;2|[{'sku': none, 'qty': NULL}]|y");
  Put(R"([{"id":1,"items":null}])");
  EXPECT_EQ(Silver("id, items, note"), "1|NULL|x;2|[{'sku': none, 'qty': NULL}]|y");
}

TEST_P(NestedColumnsTest, VersionsOfAKeyKeepTheirValues) {
  auto draft = WithItems("id integer key");
  draft.history = contract::History::kScd2;
  CreateFrom(draft);
  Put(R"([{"id":1,"items":[{"sku":"a"}]}])");
  Put(R"([{"id":1,"items":[{"sku":"b"}]},{"id":1,"items":[]}])");
  EXPECT_EQ(Rows("SELECT items, is_current FROM sales.silver.orders ORDER BY valid_from, is_current"),
            "[{'sku': a, 'qty': NULL}]|false;[{'sku': b, 'qty': NULL}]|false;[]|true");
}

TEST_P(NestedColumnsTest, WithoutAKeyEveryRecordIsARow) {
  auto draft = DraftOf("id integer");
  draft.columns.push_back(
      Typed("spot", "struct<place:struct<lat:double,lon:double>,tags:list<list<string>>,day:date,j:list<json>>"));
  CreateFrom(draft);
  Put(R"([{"id":1,"spot":{"place":{"lat":"1.5"},"tags":[["a","b"],[],null],"day":"2024-02-29","j":[{"k": [1]},null,{}]}},{"id":2,"spot":{}}])");
  Put(R"([{"id":3,"spot":null},{"id":4,"spot":{"place":null,"tags":[null]}}])");
  EXPECT_EQ(Silver("id, spot.place.lat, spot.tags, spot.day, spot.j[1].k[0], spot IS NULL"),
            "1|1.5|[[a, b], [], NULL]|2024-02-29|1|false;2|NULL|NULL|NULL|NULL|false;3|NULL|NULL|NULL|NULL|true;"
            "4|NULL|[NULL]|NULL|NULL|false");
  EXPECT_EQ(Rows("SELECT typeof(spot.j), spot.j FROM sales.silver.orders WHERE id = 1"),
            R"(JSON[]|[{"k": [1]}, NULL, {}])");
}

TEST_P(NestedColumnsTest, ManyLongValuesStayThemselves) {
  CreateFrom(WithItems("id integer key"));
  std::string body = "[";
  for (int id = 0; id < 3000; ++id) {
    body += (id > 0 ? ",{\"id\":" : "{\"id\":") + std::to_string(id) + ",\"items\":[";
    for (int item = 0; item < id % 7; ++item) {
      body += (item > 0 ? ",{\"sku\":\"" : "{\"sku\":\"") + std::string(20, static_cast<char>('a' + item)) +
              "\",\"qty\":" + std::to_string(id * 10 + item) + "}";
    }
    body += "]}";
  }
  body += R"(,{"id":3000,"items":[{"qty":0})";
  for (int item = 1; item < 5000; ++item) body += ",{\"qty\":" + std::to_string(item) + "}";
  Put(body + "]}]");
  Put(R"([{"id":13,"items":[{"sku":"changed"}]}])");
  EXPECT_EQ(Rows("SELECT count(*), sum(len(items)), sum(list_sum(list_transform(items, i -> i.qty))) "
                 "FROM sales.silver.orders WHERE id < 3000 AND id <> 13"),
            Rows("SELECT 2999, sum(id % 7), sum(list_sum(list_transform(range(id % 7), i -> id * 10 + i))) FROM "
                 "range(3000) t(id) WHERE id <> 13"));
  EXPECT_EQ(Rows("SELECT len(items), items[5000].qty, items[1].sku FROM sales.silver.orders WHERE id = 3000"),
            "5000|4999|NULL");
  EXPECT_EQ(Rows("SELECT items FROM sales.silver.orders WHERE id = 13"), "[{'sku': changed, 'qty': NULL}]");
}

TEST_P(NestedColumnsTest, ARebuildGivesTheSameRowsUnderTheSameIds) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"sku":"a","qty":1}],"extra":{"k":1}},{"id":2,"items":[]}])");
  ASSERT_THAT(TryChange(WithItems("id integer key", kItemsWithColor)), IsOk());
  Put(R"([{"id":2,"items":[{"sku":"b","color":"red"}]}])");
  const auto rows = Silver("id, items, extra");
  const auto before = ItemsField();
  Merge merge(Dependencies());
  ASSERT_OK_AND_ASSIGN(const auto same,
                       Rebuild(Dependencies(), merge).Run(registry_.Find("sales", "orders"), {"s1", false, false, {}}));
  EXPECT_EQ(same.changed, 0);
  EXPECT_EQ(Silver("id, items, extra"), rows);
  EXPECT_EQ(ItemsField(), before);
  const auto snapshot = Snapshot();
  EXPECT_EQ(IdsIn(snapshot->schema.fields).size(), CountIn(snapshot->schema.fields));
}

TEST_P(NestedColumnsTest, AForcedTypeIsThatOfTheRows) {
  CreateFrom(WithItems("id integer key", "json"));
  Put(R"([{"id":1,"items":{"sku":"a","qty":"1"}}])");
  ASSERT_THAT(TryChange(WithItems("id integer key", "struct<sku:string,qty:integer>"), true), IsOk());
  Merge merge(Dependencies());
  ASSERT_THAT(Rebuild(Dependencies(), merge).Run(registry_.Find("sales", "orders"), {"s1", false, false, {}}), IsOk());
  EXPECT_EQ(Silver("id, items.qty + 1"), "1|2");
  Put(R"([{"id":2,"items":{"qty":2}}])");
  EXPECT_EQ(Silver("id, items.qty + 1"), "1|2;2|3");
}

TEST_P(NestedColumnsTest, AColumnThatTheContractNoLongerHasBecomesJsonWhenItsFieldComes) {
  CreateFrom(WithItems("id integer key"));
  Put(R"([{"id":1,"items":[{"sku":"a","qty":1}]},{"id":2,"items":[]}])");
  ASSERT_THAT(TryChange(DraftOf("id integer key")), IsOk());
  Put(R"([{"id":3}])");
  EXPECT_EQ(Silver(), "1|[{'sku': a, 'qty': 1}];2|[];3|NULL");
  Put(R"([{"id":2,"items":{"other":"shape"}}])");
  EXPECT_EQ(Silver(), R"(1|[{"sku":"a","qty":1}];2|{"other":"shape"};3|NULL)");
  ASSERT_THAT(TryChange(WithItems("id integer key")), IsOk());
  Put(R"([{"id":3,"items":[{"sku":"b"}]},{"id":4,"items":[{"qty":"x"}]}])");
  EXPECT_EQ(Silver(), R"(1|[{"sku":"a","qty":1}];2|{"other":"shape"};3|[{"sku":"b"}])");
}

INSTANTIATE_TEST_SUITE_P(Formats, NestedColumnsTest, testing::Values("delta", "iceberg"),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace tarn::silver
