// SPDX-License-Identifier: Apache-2.0
#include "quality/threshold.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::quality {
namespace {

bool Holds(const char* text, int64_t failures) {
  const auto threshold = ParseThreshold(text);
  EXPECT_THAT(threshold, IsOk()) << text;
  return threshold && threshold->Holds(failures);
}

TEST(ThresholdTest, ComparesAsItIsWritten) {
  EXPECT_TRUE(Holds(">10", 11));
  EXPECT_FALSE(Holds(">10", 10));
  EXPECT_TRUE(Holds(" >= 10 ", 10));
  EXPECT_TRUE(Holds("!= 0", 1));
  EXPECT_FALSE(Holds("<>0", 0));
  EXPECT_TRUE(Holds("= 3", 3));
  EXPECT_TRUE(Holds("==3", 3));
  EXPECT_TRUE(Holds("<1", 0));
  EXPECT_FALSE(Holds("<=1", 2));
}

TEST(ThresholdTest, ItsTextReadsBack) {
  for (const char* text : {">10", ">=10", "!=0", "=3", "<1", "<=1"}) EXPECT_EQ(ParseThreshold(text)->ToString(), text);
}

TEST(ThresholdTest, AnythingElseIsRefused) {
  for (const char* text :
       {"", "10", ">", "> ten", ">1.5", "between 1 and 2", ">99999999999999999999", "> 1 or 1 = 1"}) {
    EXPECT_THAT(ParseThreshold(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace tarn::quality
