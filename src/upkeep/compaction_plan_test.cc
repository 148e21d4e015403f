// SPDX-License-Identifier: Apache-2.0
#include "upkeep/compaction_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::upkeep {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;

class CompactionPlanTest : public testing::Test {
 protected:
  std::shared_ptr<table::DataFile> Add(int64_t size_bytes, int64_t rows = 1000) {
    auto file = std::make_shared<table::DataFile>();
    file->path = "data/" + std::to_string(snapshot_.files.size()) + ".parquet";
    file->size_bytes = size_bytes;
    file->record_count = rows;
    snapshot_.files.push_back(file);
    return file;
  }

  static void Delete(table::DataFile& file, int64_t rows) {
    table::DeleteFile deletes;
    deletes.path = "data/dv.bin";
    deletes.record_count = rows;
    file.deletes.push_back(std::make_shared<table::DeleteFile>(deletes));
  }

  std::vector<CompactionGroup> Plan() { return PlanCompaction(snapshot_, rule_); }

  table::Snapshot snapshot_;
  CompactionRule rule_;
};

TEST_F(CompactionPlanTest, ATierThatIsNotFullWaits) {
  for (int i = 0; i < 7; ++i) Add(10 * kKiB);
  for (int i = 0; i < 7; ++i) Add(100 * kKiB);
  EXPECT_THAT(Plan(), IsEmpty());
}

TEST_F(CompactionPlanTest, AFullTierBecomesOneGroupAndOthersStay) {
  for (int i = 0; i < 8; ++i) Add(10 * kKiB);
  for (int i = 0; i < 3; ++i) Add(10 * kMiB);
  const auto groups = Plan();
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_THAT(groups[0], SizeIs(8));
}

TEST_F(CompactionPlanTest, FilesOfHalfTheTargetAreLeftAlone) {
  for (int i = 0; i < 20; ++i) Add(64 * kMiB);
  EXPECT_THAT(Plan(), IsEmpty());
}

TEST_F(CompactionPlanTest, LargeTiersAreCutAtTheTargetSizeAndARunAtItsBudget) {
  for (int i = 0; i < 40; ++i) Add(32 * kMiB);
  rule_.bytes_per_run = 300 * kMiB;
  const auto groups = Plan();
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_THAT(groups[0], SizeIs(4));
}

TEST_F(CompactionPlanTest, AGroupLargerThanTheBudgetIsStillDone) {
  for (int i = 0; i < 8; ++i) Add(10 * kMiB);
  rule_.bytes_per_run = kMiB;
  EXPECT_THAT(Plan(), SizeIs(1));
}

TEST_F(CompactionPlanTest, AFileWithManyDeletedRowsIsRewrittenHoweverLarge) {
  Delete(*Add(128 * kMiB), 299);
  EXPECT_THAT(Plan(), IsEmpty());
  Delete(*Add(128 * kMiB), 300);
  const auto groups = Plan();
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0][0]->path, "data/1.parquet");
}

TEST_F(CompactionPlanTest, AFileWithManyDeleteFilesIsRewritten) {
  auto file = Add(128 * kMiB);
  for (int i = 0; i < 8; ++i) Delete(*file, -1);
  EXPECT_THAT(Plan(), SizeIs(1));
}

TEST_F(CompactionPlanTest, PartitionedFilesAreLeftAlone) {
  for (int i = 0; i < 8; ++i) Add(kKiB)->constants[1] = table::Value(int64_t{7});
  EXPECT_THAT(Plan(), IsEmpty());
}

/// A commit of 10 KiB a second: rows are rewritten once a tier and files stay few.
TEST_F(CompactionPlanTest, CostPerRowIsTheNumberOfTiers) {
  int64_t written = 0;
  int64_t rewritten = 0;
  size_t most = 0;
  for (int second = 0; second < 20'000; ++second) {
    Add(10 * kKiB);
    written += 10 * kKiB;
    for (const auto& group : Plan()) {
      int64_t bytes = 0;
      for (const auto& file : group) {
        bytes += file->size_bytes;
        std::erase(snapshot_.files, file);
      }
      rewritten += bytes;
      Add(bytes);
    }
    most = std::max(most, snapshot_.files.size());
  }
  EXPECT_LE(most, 8U * 5);
  EXPECT_LE(rewritten, 6 * written);
}

}  // namespace
}  // namespace tarn::upkeep
