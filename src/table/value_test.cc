// SPDX-License-Identifier: Apache-2.0
#include "table/value.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>

#include "base/result_matchers.h"

namespace tarn::table {
namespace {

constexpr auto kLess = std::strong_ordering::less;
constexpr auto kEqual = std::strong_ordering::equal;

Int128 PowerOfTen(int exponent) {
  Int128 power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

TEST(Compare, OrdersNanBehindEveryDouble) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Compare(Value(std::numeric_limits<double>::infinity()), Value(nan)), kLess);
  EXPECT_EQ(Compare(Value(nan), Value(nan)), kEqual);
  EXPECT_EQ(Compare(Value(-0.0), Value(0.0)), kEqual);
}

TEST(Compare, OrdersDecimalsOfDifferentScalesWithoutOverflow) {
  const DecimalValue big{.unscaled = PowerOfTen(38) - 1, .precision = 38, .scale = 0};
  const DecimalValue fine{.unscaled = PowerOfTen(38) - 1, .precision = 38, .scale = 37};
  EXPECT_EQ(Compare(Value(fine), Value(big)), kLess);
  EXPECT_EQ(Compare(Value(DecimalValue{.unscaled = 150, .precision = 3, .scale = 2}),
                    Value(DecimalValue{.unscaled = 15, .precision = 2, .scale = 1})),
            kEqual);
  EXPECT_EQ(Compare(Value(DecimalValue{.unscaled = -151, .precision = 3, .scale = 2}),
                    Value(DecimalValue{.unscaled = -15, .precision = 2, .scale = 1})),
            kLess);
}

TEST(Compare, OrdersStringsByBytes) {
  EXPECT_EQ(Compare(Value(std::string("a")), Value(std::string("\xC3\xA4"))), kLess);
  EXPECT_EQ(Compare(Value(std::string("B")), Value(std::string("a"))), kLess);
}

TEST(Decimal, TextRoundTripsAtTheEdges) {
  EXPECT_EQ(FormatDecimal(0, 0), "0");
  EXPECT_EQ(FormatDecimal(-5, 3), "-0.005");
  EXPECT_EQ(FormatDecimal(-12'340'000'000, 9), "-12.340000000");
  const Int128 greatest = PowerOfTen(38) - 1;
  for (const uint8_t scale : std::initializer_list<uint8_t>{0, 9, 38}) {
    const std::string text = FormatDecimal(-greatest, scale);
    ASSERT_OK_AND_ASSIGN(const Int128 parsed, ParseDecimal(text, 38, scale));
    EXPECT_TRUE(parsed == -greatest) << text;
  }
}

TEST(Decimal, ReadsExponentsAndDropsZerosOnly) {
  ASSERT_OK_AND_ASSIGN(const Int128 exponent, ParseDecimal("1.5e2", 5, 1));
  EXPECT_TRUE(exponent == 1500);
  ASSERT_OK_AND_ASSIGN(const Int128 zeros, ParseDecimal("0001.5000", 3, 2));
  EXPECT_TRUE(zeros == 150);
  ASSERT_OK_AND_ASSIGN(const Int128 zero, ParseDecimal("-0e99", 1, 0));
  EXPECT_TRUE(zero == 0);
}

TEST(Decimal, RefusesWhatDoesNotFit) {
  for (const char* text : {"1.005", "1000", "1e3", "-1000.0", "99999999999999999999999999999999999999999"}) {
    EXPECT_THAT(ParseDecimal(text, 5, 2), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
  for (const char* text : {"", "-", "1.", ".5", "1e", "1e999999999999", "1x", "+1", "NaN", " 1", "1 "}) {
    EXPECT_THAT(ParseDecimal(text, 38, 9), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace tarn::table
