// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace tarn {
namespace {

TEST(ForEachInParallel, EveryRoundRunsOnce) {
  std::vector<std::atomic<int>> runs(1000);
  const auto done = ForEachInParallel(runs.size(), [&](size_t i) -> Status {
    ++runs[i];
    return {};
  });
  EXPECT_TRUE(done.has_value());
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(ForEachInParallel, NoRoundsAreASuccess) {
  EXPECT_TRUE(ForEachInParallel(0, [](size_t) -> Status { return Fail(ErrorCode::kInternal, "ran"); }).has_value());
}

TEST(ForEachInParallel, AnErrorEndsTheLoopAndIsTheAnswer) {
  constexpr size_t kRounds = 100'000;
  std::atomic<size_t> ran{0};
  const auto done = ForEachInParallel(kRounds, [&](size_t i) -> Status {
    ++ran;
    if (i == 3) return Fail(ErrorCode::kCorrupt, "round 3");
    return {};
  });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::kCorrupt);
  EXPECT_LT(ran, kRounds);
}

}  // namespace
}  // namespace tarn
