// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/table_properties.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::table::iceberg {
namespace {

TEST(TableProperties, TransactionsComeBackUnderTheirApplicationId) {
  for (const auto* location : {"gold/sales/daily", "silver/sales/orders"}) {
    StringMap properties{{"owner", "x"}};
    const std::map<std::string, int64_t> transactions{
        {"tarn-bronze", 12}, {"tarn-side", 9'000'000'000'000'000'001}, {"sales/daily", 3}, {"other", -1}};
    for (const auto& [app_id, version] : transactions) {
      properties[TransactionProperty(app_id, location)] = std::to_string(version);
    }
    ASSERT_OK_AND_ASSIGN(const auto read, TransactionsOf(properties, location));
    EXPECT_EQ(read, transactions);
    EXPECT_EQ(VisibleProperties(properties), (StringMap{{"owner", "x"}}));
  }
}

TEST(TableProperties, NamesAreTheOnesOfTheSpec) {
  EXPECT_EQ(TransactionProperty("tarn-bronze", "silver/d/t"), "tarn.bronze-position");
  EXPECT_EQ(TransactionProperty("tarn-side", "silver/d/t"), "tarn.side");
  EXPECT_EQ(TransactionProperty("d/job", "gold/d/job"), "tarn.run");
  EXPECT_EQ(TransactionProperty("d/job", "gold/d/my-job"), "tarn.txn.d/job");
}

TEST(TableProperties, APositionThatIsNoNumberIsDamage) {
  EXPECT_THAT(TransactionsOf({{"tarn.bronze-position", "12x"}}, "silver/d/t"), ErrorIs(ErrorCode::kCorrupt));
}

TEST(TableProperties, ACommitMarkSpeaksOfItsOwnVersionOnly) {
  StringMap properties;
  SetCommitMark(7, "id", properties);
  EXPECT_EQ(CommitIdOf(properties, 7), "id");
  EXPECT_EQ(CommitIdOf(properties, 8), "");
  EXPECT_EQ(CommitIdOf(properties, 77), "");
  EXPECT_TRUE(VisibleProperties(properties).empty());
}

TEST(TableProperties, JsonFieldsAreRememberedByTheirIds) {
  StringMap properties;
  SetJsonFields({4, 17}, properties);
  EXPECT_EQ(JsonFieldsOf(properties), (std::set<int32_t>{4, 17}));
  SetJsonFields({}, properties);
  EXPECT_TRUE(properties.empty());
}

}  // namespace
}  // namespace tarn::table::iceberg
