// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <gtest/gtest.h>

#include "app/result_table.h"

namespace tarn::app {
namespace {

TEST(ProgressLineTest, ABarShowsHowFarWhereTheTotalIsKnown) {
  EXPECT_EQ(ProgressLine("fsck", {"sales.orders", 1, 4}, 2.4, 80),
            "fsck [######..................] 1/4 2 s  sales.orders");
  EXPECT_EQ(ProgressLine("fsck", {"", 9, 4}, 61, 80), "fsck [########################] 4/4 61 s");
}

TEST(ProgressLineTest, BytesAreShownInMegabytes) {
  EXPECT_EQ(ProgressLine("import", {"a.csv", 1'250'000, 5'000'000, true}, 2, 80),
            "import [######..................] 1.2/5.0 MB 2 s  a.csv");
}

TEST(ProgressLineTest, ASignMovesWhereItIsNot) {
  EXPECT_EQ(ProgressLine("expire", {}, 0.0, 80), "expire | 0 s");
  EXPECT_NE(ProgressLine("expire", {}, 0.1, 80), ProgressLine("expire", {}, 0.2, 80));
}

TEST(ProgressLineTest, ALineNeverWraps) {
  for (size_t columns = 0; columns < 60; ++columns) {
    const auto line = ProgressLine("fsck", {"sales.bestellungen_ärger_漢字_漢字", 3, 7}, 12, columns);
    EXPECT_LE(DisplayWidth(line), columns);
  }
}

}  // namespace
}  // namespace tarn::app
