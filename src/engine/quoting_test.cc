// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/query_engine.h"

namespace tarn::engine {
namespace {

TEST(QuotingTest, QuotesInsideNamesAreDoubled) {
  EXPECT_EQ(QuoteIdentifier("order"), "\"order\"");
  EXPECT_EQ(QuoteIdentifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteIdentifier(""), "\"\"");
}

TEST(QuotingTest, QuotesInsideLiteralsAreDoubled) {
  EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
  EXPECT_EQ(QuoteLiteral("a\\b"), "'a\\b'");
}

}  // namespace
}  // namespace tarn::engine
