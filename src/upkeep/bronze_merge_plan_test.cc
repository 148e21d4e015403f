// SPDX-License-Identifier: Apache-2.0
#include "upkeep/bronze_merge_plan.h"

#include <gmock/gmock.h>

namespace tarn::upkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kKilobyte = 1024;

class BronzeMergePlanTest : public testing::Test {
 protected:
  /// Entries of the sizes given, numbered from 1.
  std::vector<std::vector<uint64_t>> Plan(const std::vector<uint64_t>& sizes) {
    std::vector<bronze::NumberedEntry> stretch;
    for (const auto size : sizes) {
      bronze::LogEntry entry;
      entry.objects.push_back({"key", size, 0, 1});
      stretch.push_back({stretch.size() + 1, std::make_shared<const bronze::LogEntry>(std::move(entry))});
    }
    return NumbersOf(PlanBronzeMerge(stretch, rule_));
  }

  static std::vector<std::vector<uint64_t>> NumbersOf(const std::vector<BronzeGroup>& groups) {
    std::vector<std::vector<uint64_t>> numbers;
    for (const auto& group : groups) {
      numbers.emplace_back();
      for (const auto& entry : group) numbers.back().push_back(entry.number);
    }
    return numbers;
  }

  BronzeMergeRule rule_{.object_bytes = 1024 * kKilobyte, .first_tier_bytes = kKilobyte, .entries_per_tier = 3};
};

TEST_F(BronzeMergePlanTest, AFullTierOfNeighboursBecomesOne) {
  EXPECT_THAT(Plan({100, 100}), IsEmpty());
  EXPECT_THAT(Plan({100, 100, 100, 100}), ElementsAre(ElementsAre(1, 2, 3, 4)));
}

TEST_F(BronzeMergePlanTest, LargerNeighboursWaitForTheirOwnTier) {
  EXPECT_THAT(Plan({2 * kKilobyte, 2 * kKilobyte, 100, 100, 100}), ElementsAre(ElementsAre(3, 4, 5)));
  EXPECT_THAT(Plan({2 * kKilobyte, 2 * kKilobyte, 2 * kKilobyte, 100}), ElementsAre(ElementsAre(1, 2, 3, 4)));
}

TEST_F(BronzeMergePlanTest, EntriesOfHalfAnObjectAreLeftAlone) {
  const auto large = 512 * kKilobyte;
  EXPECT_THAT(Plan({large, large, large, large}), IsEmpty());
  EXPECT_THAT(Plan({100, 100, large, 100, 100}), IsEmpty()) << "and nothing is merged across them";
}

TEST_F(BronzeMergePlanTest, GroupsAreOneObjectEach) {
  const auto quarter = 256 * kKilobyte;
  EXPECT_THAT(Plan({quarter, quarter, quarter, quarter, quarter, quarter, quarter}),
              ElementsAre(ElementsAre(1, 2, 3, 4), ElementsAre(5, 6, 7)));
  rule_.most_entries = 3;
  EXPECT_THAT(Plan({1, 1, 1, 1, 1, 1, 1}), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)))
      << "one alone waits for others";
}

TEST_F(BronzeMergePlanTest, EntriesOfManyRunsAreLeftAlone) {
  rule_.most_runs = 2;
  std::vector<bronze::NumberedEntry> stretch;
  for (uint64_t number = 1; number <= 4; ++number) {
    bronze::LogEntry entry;
    entry.replacement.emplace();
    entry.replacement->rows = {{number * 10, 1, 1}, {number * 10 + 1, 1, 2}};
    stretch.push_back({number, std::make_shared<const bronze::LogEntry>(std::move(entry))});
  }
  EXPECT_THAT(NumbersOf(PlanBronzeMerge(stretch, rule_)), IsEmpty());
}

/// Steady small entries: what is live and how often a byte is rewritten grow with the logarithm.
TEST_F(BronzeMergePlanTest, SteadyEntriesAreRewrittenOnceATier) {
  std::vector<uint64_t> live;
  uint64_t written = 0;
  constexpr int kEntries = 5'000;
  size_t most = 0;
  for (int i = 0; i < kEntries; ++i) {
    live.push_back(200);
    for (const auto& group : Plan(live)) {
      uint64_t bytes = 0;
      for (const auto number : group) bytes += std::exchange(live[number - 1], 0);
      live[group.front() - 1] = bytes;
      written += bytes;
    }
    std::erase(live, 0);
    most = std::max(most, live.size());
  }
  EXPECT_LE(most, 12U);
  EXPECT_LE(written, 10ULL * 200 * kEntries);
}

}  // namespace
}  // namespace tarn::upkeep
