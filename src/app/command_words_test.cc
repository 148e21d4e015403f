// SPDX-License-Identifier: Apache-2.0
#include "app/command_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::app {
namespace {

using Words = std::vector<std::string>;

TEST(CommandWordsTest, WordsStandBetweenBlanks) {
  ASSERT_OK_AND_ASSIGN(const auto words, SplitCommand("  spark-sql --master\tlocal[2]\n"));
  EXPECT_EQ(words, (Words{"spark-sql", "--master", "local[2]"}));
}

TEST(CommandWordsTest, QuotesKeepBlanksAndEachOther) {
  ASSERT_OK_AND_ASSIGN(const auto words, SplitCommand(R"('/opt/my spark/bin' --conf x="a 'b'"c "" \n)"));
  EXPECT_EQ(words, (Words{"/opt/my spark/bin", "--conf", "x=a 'b'c", "", "\\n"}));
}

TEST(CommandWordsTest, WhatIsNoCommandIsRefused) {
  for (const auto* text : {"", "  ", "spark 'sql", "\"\" x"}) {
    EXPECT_THAT(SplitCommand(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace tarn::app
