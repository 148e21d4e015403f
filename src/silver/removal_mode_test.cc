// SPDX-License-Identifier: Apache-2.0
#include "silver/removal_mode.h"

#include <gtest/gtest.h>

namespace tarn::silver {
namespace {

constexpr auto kMark = RemovalMode::kMark;
constexpr auto kRewrite = RemovalMode::kRewrite;

table::Snapshot With(std::map<std::string, std::string> properties) {
  table::Snapshot snapshot;
  snapshot.properties = std::move(properties);
  return snapshot;
}

TEST(RemovalMode, DeltaTablesSayItByTheirDeletionVectors) {
  EXPECT_EQ(RemovalModeOf("delta", With({{"delta.enableDeletionVectors", "false"}}), kMark), kRewrite);
  EXPECT_EQ(RemovalModeOf("delta", With({{"delta.enableDeletionVectors", "true"}}), kRewrite), kMark);
}

TEST(RemovalMode, IcebergTablesSayItByTheModeOfAMerge) {
  EXPECT_EQ(RemovalModeOf("iceberg", With({{"write.merge.mode", "copy-on-write"}}), kMark), kRewrite);
  EXPECT_EQ(RemovalModeOf("iceberg", With({{"write.merge.mode", "merge-on-read"}}), kRewrite), kMark);
}

TEST(RemovalMode, TablesThatSayNothingFollowTheSetting) {
  for (const auto* format : {"delta", "iceberg"}) {
    EXPECT_EQ(RemovalModeOf(format, With({}), kMark), kMark);
    EXPECT_EQ(RemovalModeOf(format, With({}), kRewrite), kRewrite);
  }
}

TEST(RemovalMode, UnknownFormatsAreRewritten) { EXPECT_EQ(RemovalModeOf("paper", With({}), kMark), kRewrite); }

TEST(RemovalMode, ANewIcebergTableTellsOtherEnginesAndADeltaTableStaysPlain) {
  for (const auto mode : {kMark, kRewrite}) {
    EXPECT_EQ(RemovalModeOf("iceberg", With(PropertiesFor("iceberg", mode)), mode == kMark ? kRewrite : kMark), mode);
    EXPECT_TRUE(PropertiesFor("delta", mode).empty());
  }
}

}  // namespace
}  // namespace tarn::silver
