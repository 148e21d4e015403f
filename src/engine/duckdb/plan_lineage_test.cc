// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/plan_lineage.h"

#include <gmock/gmock.h>

#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

class PlanLineageTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    Table("orders", {"id", "customer", "amount"});
    Table("customers", {"id", "name", "country"});
    lake_.Set({"d", "gold", "big"},
              Bind({}, View{"SELECT id, amount * 2 AS twice FROM d.silver.orders WHERE amount > 200"}));
  }

  void Table(const std::string& name, const std::vector<std::string>& columns) {
    table::Schema schema;
    for (const auto& column : columns) {
      schema.fields.push_back(
          MakeField(static_cast<int32_t>(schema.fields.size()) + 1, column, table::Scalar(table::TypeKind::kInt64)));
    }
    lake_.Set({"d", "silver", name}, Bind(schema, std::make_shared<RecordedRows>(schema)));
  }

  static std::string Text(const std::vector<ColumnName>& columns) {
    std::string text;
    for (const auto& one : columns) text += (text.empty() ? "" : " ") + one.table.table + "." + one.column;
    return text;
  }

  /// "name=table.column table.column; …| shaped by".
  std::string Of(const std::string& sql) {
    const auto lineage = engine_->Lineage(sql);
    EXPECT_THAT(lineage, IsOk()) << sql;
    if (!lineage) return "";
    std::string text;
    for (const auto& column : lineage->columns)
      text += (text.empty() ? "" : "; ") + column.name + "=" + Text(column.from);
    return text + "|" + Text(lineage->shaped_by);
  }
};

TEST_F(PlanLineageTest, ColumnsAreFollowedThroughExpressions) {
  EXPECT_EQ(Of("SELECT id, amount + id AS both, 7 AS one FROM d.silver.orders"),
            "id=orders.id; both=orders.amount orders.id; one=|");
  EXPECT_EQ(Of("SELECT CASE WHEN customer > 1 THEN amount END AS c FROM d.silver.orders"),
            "c=orders.amount orders.customer|");
  EXPECT_EQ(Of("SELECT * FROM d.silver.orders WHERE amount > 200 ORDER BY customer"),
            "id=orders.id; customer=orders.customer; amount=orders.amount|orders.amount orders.customer");
}

TEST_F(PlanLineageTest, JoinsAndGroupsShapeTheResult) {
  EXPECT_EQ(Of("SELECT c.name, count(*) AS n, sum(o.amount) AS total FROM d.silver.orders o JOIN d.silver.customers c "
               "ON c.id = o.customer GROUP BY c.name"),
            "name=customers.name; n=; total=orders.amount|customers.id customers.name orders.customer");
  EXPECT_EQ(Of("SELECT amount, row_number() OVER (PARTITION BY customer ORDER BY id) AS place FROM d.silver.orders"),
            "amount=orders.amount; place=orders.customer orders.id|");
}

TEST_F(PlanLineageTest, CommonTableExpressionsSetOperationsAndSubqueries) {
  EXPECT_EQ(
      Of("WITH o AS MATERIALIZED (SELECT id AS i, amount AS a FROM d.silver.orders) SELECT x.a, y.i FROM o x, o y"),
      "a=orders.amount; i=orders.id|");
  EXPECT_EQ(Of("SELECT id FROM d.silver.orders UNION ALL SELECT name FROM d.silver.customers"),
            "id=customers.name orders.id|");
  EXPECT_EQ(Of("SELECT id FROM d.silver.orders EXCEPT SELECT id FROM d.silver.customers"),
            "id=orders.id|customers.id orders.id");
  EXPECT_EQ(Of("WITH RECURSIVE r AS (SELECT id AS n FROM d.silver.orders UNION ALL SELECT n + 1 FROM r WHERE n < 3) "
               "SELECT n FROM r"),
            "n=orders.id|orders.id");
  EXPECT_THAT(Of("SELECT o.id, (SELECT max(c.country) FROM d.silver.customers c WHERE c.id = o.customer) AS country "
                 "FROM d.silver.orders o"),
              testing::AllOf(testing::StartsWith("id=orders.id; country=customers.country"),
                             testing::HasSubstr("customers.id"), testing::HasSubstr("orders.customer")));
  EXPECT_THAT(Of("SELECT id FROM d.silver.orders WHERE customer IN (SELECT id FROM d.silver.customers)"),
              testing::AllOf(testing::StartsWith("id=orders.id|"), testing::HasSubstr("customers.id"),
                             testing::HasSubstr("orders.customer")));
}

TEST_F(PlanLineageTest, ViewsAreLookedThrough) {
  EXPECT_EQ(Of("SELECT twice FROM d.gold.big"), "twice=orders.amount|orders.amount");
}

TEST_F(PlanLineageTest, ValuesAndUnnestedLists) {
  EXPECT_EQ(Of("SELECT v.a, o.id FROM (VALUES (1), (2)) v(a), d.silver.orders o"), "a=; id=orders.id|");
  EXPECT_EQ(Of("SELECT unnest([id, amount]) AS u FROM d.silver.orders"), "u=orders.amount orders.id|");
}

TEST_F(PlanLineageTest, WhatCannotBeBoundIsAnError) {
  EXPECT_THAT(engine_->Lineage("SELECT * FROM d.silver.missing"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(engine_->Lineage("SELECT missing FROM d.silver.orders"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(engine_->Lineage("DROP TABLE x"), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::engine
