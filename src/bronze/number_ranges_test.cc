// SPDX-License-Identifier: Apache-2.0
#include "bronze/number_ranges.h"

#include <gmock/gmock.h>

#include <set>

#include "base/random.h"

namespace tarn::bronze {
namespace {

using testing::ElementsAre;

TEST(NumberRangesTest, TouchingRangesBecomeOne) {
  NumberRanges ranges;
  ranges.Add({10, 19});
  ranges.Add({30, 30});
  ranges.Add({20, 28});
  EXPECT_THAT(ranges.ranges(), ElementsAre(NumberRange{10, 28}, NumberRange{30, 30}));
  ranges.Add({29, 29});
  EXPECT_THAT(ranges.ranges(), ElementsAre(NumberRange{10, 30}));
  ranges.Add({1, 100});
  EXPECT_THAT(ranges.ranges(), ElementsAre(NumberRange{1, 100}));
}

TEST(NumberRangesTest, TheLastNumberOutsideIsBeforeTheRange) {
  NumberRanges ranges;
  ranges.Add({1, 4});
  ranges.Add({8, 9});
  EXPECT_EQ(ranges.LastOutside(12), 12U);
  EXPECT_EQ(ranges.LastOutside(9), 7U);
  EXPECT_EQ(ranges.LastOutside(3), 0U);
  EXPECT_TRUE(ranges.Contains(8));
  EXPECT_FALSE(ranges.Contains(7));
  EXPECT_FALSE(ranges.Contains(0));
}

TEST(NumberRangesTest, ItHoldsWhatASetOfNumbersHolds) {
  SeededRandomness randomness(11);
  for (int round = 0; round < 200; ++round) {
    NumberRanges ranges;
    std::set<uint64_t> numbers;
    for (int i = 0; i < 12; ++i) {
      const auto first = 1 + randomness.Next() % 60;
      const auto last = first + randomness.Next() % 6;
      ranges.Add({first, last});
      for (auto number = first; number <= last; ++number) numbers.insert(number);
    }
    uint64_t outside = 0;
    for (uint64_t number = 1; number < 70; ++number) {
      if (!numbers.contains(number)) outside = number;
      ASSERT_EQ(ranges.Contains(number), numbers.contains(number)) << number;
      ASSERT_EQ(ranges.LastOutside(number), outside) << number;
      const auto next = numbers.lower_bound(number);
      ASSERT_EQ(ranges.Overlaps({number, number + 3}), next != numbers.end() && *next <= number + 3) << number;
    }
  }
}

}  // namespace
}  // namespace tarn::bronze
