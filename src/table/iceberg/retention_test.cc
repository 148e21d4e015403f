// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::table::iceberg {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr int64_t kStartMs = 1'767'225'600'000;  // 2026-01-01

/// Snapshots 1 … count, a second apart, the last one current.
TableMetadata MetadataOf(size_t count, const char* may_expire) {
  TableMetadata metadata;
  metadata.properties[kExpireProperty] = may_expire;
  for (size_t i = 1; i <= count; ++i) {
    auto snapshot = std::make_shared<SnapshotRecord>();
    snapshot->snapshot_id = static_cast<int64_t>(i);
    if (i > 1) snapshot->parent_id = snapshot->snapshot_id - 1;
    snapshot->timestamp_ms = kStartMs + static_cast<int64_t>(i) * 1000;
    metadata.snapshot_log.push_back({snapshot->timestamp_ms, snapshot->snapshot_id});
    metadata.current_snapshot_id = snapshot->snapshot_id;
    metadata.snapshots.push_back(std::move(snapshot));
  }
  metadata.refs[kMainBranch] = SnapshotRef{static_cast<int64_t>(count), "branch", {}, {}, {}};
  return metadata;
}

Timestamp EndOf(const TableMetadata& metadata) { return {metadata.snapshots.back()->timestamp_ms * 1000}; }

TEST(RetentionTest, TooManySnapshotsAreThinnedByTheRule) {
  TableMetadata metadata = MetadataOf(400, "true");
  metadata.refs["release"] = SnapshotRef{7, "tag", {}, {}, {}};
  BoundSnapshots(metadata, RetentionRule(), EndOf(metadata));
  EXPECT_LE(metadata.snapshots.size(), 100U + 11U + 1U);
  EXPECT_NE(metadata.FindSnapshot(7), nullptr);
  EXPECT_NE(metadata.CurrentSnapshot(), nullptr);
  EXPECT_THAT(metadata.snapshot_log, SizeIs(100)) << "what lies before a gap says nothing";
}

TEST(RetentionTest, AsLongAsExpiryKeepsUpCommitsDropNothing) {
  TableMetadata metadata = MetadataOf(100 + kSpareSnapshots, "true");
  BoundSnapshots(metadata, RetentionRule(), EndOf(metadata));
  EXPECT_THAT(metadata.snapshots, SizeIs(100 + kSpareSnapshots));
}

TEST(RetentionTest, WhoKeepsMoreIsNotThinnedBeforeThat) {
  TableMetadata metadata = MetadataOf(1'000, "true");
  BoundSnapshots(metadata, {.last = 1'000}, EndOf(metadata));
  EXPECT_THAT(metadata.snapshots, SizeIs(1'000));
}

TEST(RetentionTest, ATableThatIsNotOursKeepsItsSnapshots) {
  TableMetadata metadata = MetadataOf(1'000, "false");
  BoundSnapshots(metadata, RetentionRule(), EndOf(metadata));
  EXPECT_THAT(metadata.snapshots, SizeIs(1'000));
}

TEST(RetentionTest, ABranchKeepsAsManyBelowItsHeadAsItAsksFor) {
  TableMetadata metadata = MetadataOf(10, "true");
  metadata.refs["audit"] = SnapshotRef{5, "branch", 3, {}, {}};
  metadata.refs["release"] = SnapshotRef{2, "tag", {}, {}, {}};
  EXPECT_THAT(PinnedSnapshots(metadata), ElementsAre(2, 3, 4, 5, 10));
}

TEST(RetentionTest, WhatIsPinnedIsNotDropped) {
  TableMetadata metadata = MetadataOf(10, "true");
  EXPECT_THAT(DropSnapshots(metadata, std::vector<int64_t>{3, 10}), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(metadata.snapshots, SizeIs(10));
  EXPECT_THAT(DropSnapshots(metadata, std::vector<int64_t>{3, 4, 77}), IsOk());
  EXPECT_THAT(metadata.snapshots, SizeIs(8));
  EXPECT_THAT(metadata.snapshot_log, SizeIs(6));
}

}  // namespace
}  // namespace tarn::table::iceberg
