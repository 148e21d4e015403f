// SPDX-License-Identifier: Apache-2.0
#include "silver/removal_mode.h"

#include <gtest/gtest.h>

namespace tarn::silver {
namespace {

table::Snapshot With(std::map<std::string, std::string> properties) {
  table::Snapshot snapshot;
  snapshot.properties = std::move(properties);
  return snapshot;
}

TEST(RemovalMode, PlainDeltaTablesAreRewrittenUntilDeletionVectorsAreOn) {
  EXPECT_EQ(RemovalModeOf("delta", With({})), RemovalMode::kRewrite);
  EXPECT_EQ(RemovalModeOf("delta", With({{"delta.enableDeletionVectors", "false"}})), RemovalMode::kRewrite);
  EXPECT_EQ(RemovalModeOf("delta", With({{"delta.enableDeletionVectors", "true"}})), RemovalMode::kMark);
}

TEST(RemovalMode, IcebergTablesAreMarkedUntilCopyOnWriteIsAskedFor) {
  EXPECT_EQ(RemovalModeOf("iceberg", With({})), RemovalMode::kMark);
  EXPECT_EQ(RemovalModeOf("iceberg", With({{"write.merge.mode", "copy-on-write"}})), RemovalMode::kRewrite);
}

TEST(RemovalMode, UnknownFormatsAreRewritten) { EXPECT_EQ(RemovalModeOf("paper", With({})), RemovalMode::kRewrite); }

TEST(RemovalMode, PropertiesOfANewTableTurnMarkingOn) {
  for (const auto* format : {"delta", "iceberg"}) {
    EXPECT_EQ(RemovalModeOf(format, With(MarkingProperties(format))), RemovalMode::kMark);
  }
}

}  // namespace
}  // namespace tarn::silver
