// SPDX-License-Identifier: Apache-2.0
#include "lake/keys.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "lake/name.h"
#include "lake/offset.h"

namespace tarn::lake {
namespace {

TEST(NameTest, AcceptsTheWholeStringOnly) {
  EXPECT_TRUE(IsName("orders"));
  EXPECT_TRUE(IsName("o"));
  EXPECT_TRUE(IsName("order_2_items"));
  EXPECT_TRUE(IsName("select"));
  EXPECT_TRUE(IsName(std::string(128, 'a')));
  for (const auto* text : {"", "Orders", "1st", "_x", "a-b", "a b", "a.b", "orders\n", "ä", "a\xC3\xA4", "a/b"}) {
    EXPECT_FALSE(IsName(text)) << text;
  }
  EXPECT_FALSE(IsName(std::string(129, 'a')));
  EXPECT_FALSE(IsName(std::string_view("a\0b", 3)));
}

TEST(NameTest, ReservedDomains) {
  for (const auto* text : {"tarn", "system", "temp", "memory", "main", "pg_catalog", "information_schema"}) {
    EXPECT_TRUE(IsReservedDomain(text)) << text;
  }
  EXPECT_FALSE(IsReservedDomain("sales"));
  EXPECT_FALSE(IsReservedDomain("mains"));
}

TEST(OffsetTest, TextFormRoundTripsAndOrders) {
  const Offset offset{7, 18446744073709551615ULL};
  EXPECT_EQ(offset.ToString(), "7-18446744073709551615");
  ASSERT_OK_AND_ASSIGN(const auto read, ParseOffset(offset.ToString()));
  EXPECT_EQ(read, offset);
  EXPECT_LT((Offset{1, 9}), (Offset{2, 0}));
  EXPECT_LT((Offset{2, 0}), (Offset{2, 1}));
}

TEST(OffsetTest, OtherSpellingsAreRefused) {
  for (const auto* text :
       {"", "-", "1", "1-", "-1", "1-2-3", "01-2", "1-02", "1- 2", "+1-2", "a-b", "1--2", "1-18446744073709551616"}) {
    EXPECT_THAT(ParseOffset(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(ParseOffset("0-0"), IsOk());
}

TEST(KeysTest, Series) {
  EXPECT_EQ(LakeSeries().prefix, "_control/lake/");
  EXPECT_EQ(NodesSeries().prefix, "_control/nodes/");
  EXPECT_EQ(IdempotencySeries("n1").prefix, "_control/idempotency/n1/");
  EXPECT_EQ(RunsSeries("sales", "daily").prefix, "_control/runs/sales/daily/");
  EXPECT_EQ(BronzeLogSeries("sales", "orders").prefix, "bronze/sales/orders/_log/");
  EXPECT_EQ(QuarantineLogSeries("sales", "orders").prefix, "quarantine/sales/orders/_log/");
  EXPECT_EQ(GenerationSeries("sales", "orders").prefix, "schemas/sales/bronze/orders/_generations/");
  EXPECT_EQ(GenerationSeries("sales", "orders").suffix, ".json");
  EXPECT_EQ(ContractSeries("sales", "orders", 3).prefix, "schemas/sales/bronze/orders/3/v");
  EXPECT_EQ(ContractSeries("sales", "orders", 3).suffix, ".yaml");
  EXPECT_EQ(JobSeries("sales", "daily").prefix, "schemas/sales/gold/daily/v");
  EXPECT_EQ(JobSeries("sales", "daily").digits, 20);
}

TEST(KeysTest, Objects) {
  const auto at = *ParseTimestamp("2026-03-04T05:59:59.999999Z");
  EXPECT_EQ(BronzeObjectKey("sales", "orders", at, "x"), "bronze/sales/orders/2026/03/04/05/x.ndjson.zst");
  EXPECT_EQ(QuarantineObjectKey("sales", "orders", at, "x"), "quarantine/sales/orders/2026/03/04/05/x.ndjson.zst");
  EXPECT_EQ(BronzeObjectKey("d", "t", Timestamp{-1}, "x"), "bronze/d/t/1969/12/31/23/x.ndjson.zst");
}

TEST(KeysTest, TableFolders) {
  EXPECT_EQ(SilverLocation("sales", "orders", 1), "silver/sales/orders");
  EXPECT_EQ(SilverLocation("sales", "orders", 2), "silver/sales/orders.g2");
  EXPECT_EQ(SideKey(SilverLocation("sales", "orders", 2), "m"), "silver/sales/orders.g2.side/m");
  EXPECT_EQ(ForeignTableHome("x"), "catalog/x");
  for (const char* own : {"silver", "silver/sales/orders", "_control/x", "catalog", "tarn"})
    EXPECT_TRUE(IsOwnFolder(own));
  for (const char* free : {"catalog/x", "imports/t", "silverware"}) EXPECT_FALSE(IsOwnFolder(free));
  EXPECT_EQ(GoldLocation("sales", "daily"), "gold/sales/daily");
}

}  // namespace
}  // namespace tarn::lake
