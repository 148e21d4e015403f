// SPDX-License-Identifier: Apache-2.0
#include "app/demo_expectation.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

DemoRequest Orders(DemoShape shape, std::string body) {
  DemoRequest request;
  request.endpoint = "sales/orders";
  request.shape = shape;
  request.body = std::move(body);
  return request;
}

TEST(CentsTest, MoneyIsExact) {
  for (const auto& [text, cents] : std::vector<std::pair<std::string, int64_t>>{
           {"903.08", 90'308}, {"310", 31'000}, {"0.5", 50}, {"-1.25", -125}, {"12.340000000", 1'234}}) {
    EXPECT_THAT(CentsOf(text), IsOk()) << text;
    EXPECT_EQ(CentsOf(text).value_or(-1), cents) << text;
  }
  for (const auto* text : {"", "n/a", "1.", "1.234", "--1", "1e3", "1,5"}) {
    EXPECT_THAT(CentsOf(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(DemoDataTest, TheSameSeedGivesTheSameBytes) {
  const auto a = MakeDemoInput(7);
  const auto b = MakeDemoInput(7);
  ASSERT_EQ(a.orders.size(), b.orders.size());
  for (size_t i = 0; i < a.orders.size(); ++i) EXPECT_EQ(a.orders[i].body, b.orders[i].body);
  EXPECT_NE(MakeDemoInput(8).orders[0].body, a.orders[0].body);
}

TEST(DemoDataTest, RecordCountsFitTheBytes) {
  const auto input = MakeDemoInput(1);
  ASSERT_OK_AND_ASSIGN(const auto expected, Expect(input));
  uint64_t records = 0;
  for (const auto& request : input.orders) records += request.records;
  EXPECT_EQ(expected.orders.posted, records);
  EXPECT_GE(records, 5'000U);
  EXPECT_GT(expected.orders.invalid, 20U);
  EXPECT_GT(expected.users.invalid, 0U);
  EXPECT_GT(expected.events.invalid, 0U);
  EXPECT_LT(expected.clean_orders.rows.size(), expected.silver_orders.rows.size());
}

TEST(DemoExpectationTest, TheNewestRowOfEachKeyCounts) {
  DemoInput input;
  input.orders = {
      Orders(DemoShape::kArray, R"([{"order_id":1,"customer_id":5,"amount":300.10,"order_date":"2025-01-01"},
                                    {"order_id":2,"customer_id":5,"amount":"250.05","order_date":"2025-01-01"},
                                    {"order_id":3,"customer_id":6,"amount":900,"order_date":"2025-01-02"}])"),
      Orders(DemoShape::kLines,
             "{\"order_id\":1,\"customer_id\":5,\"amount\":200.00,\"order_date\":\"2025-01-01\"}\n"
             "{\"order_id\":4,\"amount\":500,\"order_date\":\"2025-01-02\"}\n{\"order_id\":\n"),
      Orders(DemoShape::kArray, R"([{"order_id":3},{"order_id":99}])"),
      Orders(DemoShape::kSingle, R"({"data":{"order_id":5,"customer_id":5,"amount":"n/a"}})")};
  input.orders[2].deletes = true;
  ASSERT_OK_AND_ASSIGN(const auto expected, Expect(input));
  EXPECT_EQ(expected.orders.posted, 9U);
  EXPECT_EQ(expected.orders.invalid, 2U);
  EXPECT_EQ(expected.silver_orders.rows.size(), 3U);
  ASSERT_EQ(expected.clean_orders.rows.size(), 1U);  // 1 is not above 200, 4 has no customer
  EXPECT_THAT(expected.clean_orders.rows[0][2], Optional(std::string("25005")));
  ASSERT_EQ(expected.customer_orders.rows.size(), 1U);
  EXPECT_THAT(expected.customer_orders.rows[0][1], Optional(std::string("1")));
  ASSERT_EQ(expected.daily_revenue.rows.size(), 2U);
  EXPECT_THAT(expected.daily_revenue.rows[0],
              ElementsAre(Optional(std::string("2025-01-01")), Optional(std::string("45005"))));
}

TEST(DemoExpectationTest, EventsKeepTheirRowWithoutAUser) {
  DemoInput input;
  input.users = {
      Orders(DemoShape::kArray, R"([{"user_id":"usr-1","name":"Ada","email":"a@example.org","country":"SE"}])")};
  input.events = {Orders(
      DemoShape::kArray,
      R"([{"event_id":"evt-1","user_id":"usr-1","event_type":"click","timestamp":"2025-01-01T00:00:00Z","amount":null},
          {"event_id":"evt-2","user_id":"usr-9","event_type":"purchase","timestamp":"2025-01-02T23:59:59Z","amount":1.5},
          {"event_id":"evt-3","user_id":"usr-1","timestamp":"yesterday"}])")};
  ASSERT_OK_AND_ASSIGN(const auto expected, Expect(input));
  EXPECT_EQ(expected.events.invalid, 1U);
  ASSERT_EQ(expected.fct_events.rows.size(), 2U);
  EXPECT_THAT(expected.fct_events.rows[0][8], Optional(std::string("Ada")));
  EXPECT_EQ(expected.fct_events.rows[0][7], std::nullopt);
  EXPECT_EQ(expected.fct_events.rows[1][8], std::nullopt);
  EXPECT_THAT(expected.fct_events.rows[1][4], Optional(std::string("2025-01-02")));
}

class DifferenceTest : public testing::Test {
 protected:
  ExpectedTable expected_{{{"k"}, {"m", CellKind::kCents}, {"r", CellKind::kReal}},
                          {{"2", "150", "0.333333"}, {"1", std::nullopt, "1.000000"}}};
  ResultTable actual_{{{"r", "DOUBLE"}, {"k", "BIGINT"}, {"m", "DECIMAL(12,2)"}},
                      {{"1.0", "1", std::nullopt}, {"0.3333333333333333", "2", "1.5"}},
                      false};
};

TEST_F(DifferenceTest, OrderOfRowsAndColumnsAndSpellingOfMoneyDoNotMatter) {
  EXPECT_EQ(Difference(expected_, actual_), std::nullopt);
}

TEST_F(DifferenceTest, OneCentMatters) {
  actual_.rows[1][2] = "1.51";
  EXPECT_THAT(Difference(expected_, actual_), Optional(HasSubstr("151")));
}

TEST_F(DifferenceTest, MissingRowsAndColumnsAreDifferences) {
  actual_.rows.pop_back();
  EXPECT_THAT(Difference(expected_, actual_), Optional(HasSubstr("1 rows instead of 2")));
  actual_.columns[0].name = "other";
  EXPECT_THAT(Difference(expected_, actual_), Optional(HasSubstr("r")));
}

}  // namespace
}  // namespace tarn::app
