// SPDX-License-Identifier: Apache-2.0
#include "silver/file_plan.h"

#include <gtest/gtest.h>

#include <string>

namespace tarn::silver {
namespace {

using table::DataFile;
using table::Value;

constexpr int64_t kKilobyte = 1024;

DataFile FileOf(const std::string& name, int64_t rows, int64_t size_bytes = 8 * kKilobyte) {
  DataFile file;
  file.path = "data/" + name + ".parquet";
  file.record_count = rows;
  file.size_bytes = size_bytes;
  return file;
}

DataFile KeyedFile(const std::string& name, Value lower, Value upper) {
  auto file = FileOf(name, 100);
  file.stats[1] = {.null_count = 0, .lower = std::move(lower), .upper = std::move(upper), .exact = true};
  return file;
}

table::Snapshot SnapshotOf(std::vector<DataFile> files) {
  table::Snapshot snapshot;
  snapshot.version = 1;
  snapshot.schema.fields.push_back({1, "id", table::Scalar(table::TypeKind::kInt64), false});
  snapshot.schema.fields.push_back({2, "region", table::Scalar(table::TypeKind::kString), false});
  for (auto& file : files) snapshot.files.push_back(std::make_shared<const DataFile>(std::move(file)));
  return snapshot;
}

std::string Names(const std::vector<table::DataFilePtr>& files) {
  std::string names;
  for (const auto& file : files) names += (names.empty() ? "" : " ") + file->path.substr(5, file->path.size() - 13);
  return names;
}

KeyRange RangeOf(const std::string& column, const Value& lower, const Value& upper) { return {column, lower, upper}; }

TEST(CandidateFiles, AreTheOnesWhoseBoundsMeetTheKeys) {
  const auto snapshot =
      SnapshotOf({KeyedFile("low", int64_t{0}, int64_t{9}), KeyedFile("mid", int64_t{10}, int64_t{19}),
                  KeyedFile("high", int64_t{20}, int64_t{29}), FileOf("unknown", 5)});
  EXPECT_EQ(Names(CandidateFiles(snapshot, {RangeOf("id", int64_t{19}, int64_t{20})})), "mid high unknown");
  EXPECT_EQ(Names(CandidateFiles(snapshot, {RangeOf("id", int64_t{30}, int64_t{99})})), "unknown");
  EXPECT_EQ(Names(CandidateFiles(snapshot, {})), "low mid high unknown");
}

TEST(CandidateFiles, EveryPartOfACompositeKeyMustFit) {
  auto north = KeyedFile("north", int64_t{0}, int64_t{99});
  north.stats[2] = {.null_count = 0, .lower = std::string("n"), .upper = std::string("nz"), .exact = false};
  const auto snapshot = SnapshotOf({north});
  const auto ids = RangeOf("id", int64_t{5}, int64_t{5});
  EXPECT_EQ(Names(CandidateFiles(snapshot, {ids, RangeOf("region", std::string("north"), std::string("south"))})),
            "north");
  EXPECT_EQ(Names(CandidateFiles(snapshot, {ids, RangeOf("region", std::string("o"), std::string("south"))})), "");
}

TEST(CandidateFiles, BoundsOfAnotherKindProveNothing) {
  const auto snapshot = SnapshotOf({KeyedFile("widened", int64_t{0}, int64_t{9})});
  EXPECT_EQ(Names(CandidateFiles(snapshot, {RangeOf("id", std::string("a"), std::string("b"))})), "widened");
}

TEST(AllBelow, IsProvenByBoundsOnly) {
  const auto snapshot =
      SnapshotOf({KeyedFile("low", int64_t{0}, int64_t{9}), KeyedFile("mid", int64_t{10}, int64_t{19})});
  EXPECT_TRUE(AllBelow(snapshot, snapshot.files, RangeOf("id", int64_t{20}, int64_t{30})));
  EXPECT_FALSE(AllBelow(snapshot, snapshot.files, RangeOf("id", int64_t{19}, int64_t{30})));
  EXPECT_FALSE(AllBelow(snapshot, snapshot.files, RangeOf("nobody", int64_t{20}, int64_t{30})));
  const auto unknown = SnapshotOf({FileOf("unknown", 5)});
  EXPECT_FALSE(AllBelow(unknown, unknown.files, RangeOf("id", int64_t{20}, int64_t{30})));
}

FileHits HitsOf(DataFile file, uint64_t rows) { return {std::make_shared<const DataFile>(std::move(file)), rows}; }

DataFile BigFile(const std::string& name, int64_t rows = 90'000) {
  return FileOf(name, rows, 10 * kKilobyte * kKilobyte);
}

void DeleteRows(DataFile& file, int64_t rows) {
  table::DeleteFile deletes;
  deletes.record_count = rows;
  file.deletes.push_back(std::make_shared<const table::DeleteFile>(deletes));
}

TEST(PlanRemovals, CopyOnWriteRewritesEveryFileThatWasHit) {
  const auto plan =
      PlanRemovals(SnapshotOf({}), {HitsOf(BigFile("a"), 1), HitsOf(BigFile("b"), 2)}, RemovalMode::kRewrite, {});
  EXPECT_EQ(Names(plan.rewrite), "a b");
  EXPECT_TRUE(plan.mark.empty());
}

TEST(PlanRemovals, AFileWithoutALiveRowIsDroppedInEveryMode) {
  auto partly = BigFile("partly");
  DeleteRows(partly, 80'000);
  for (const auto mode : {RemovalMode::kRewriteAll, RemovalMode::kRewrite, RemovalMode::kMark}) {
    const auto plan = PlanRemovals(SnapshotOf({}), {HitsOf(BigFile("all"), 90'000), HitsOf(partly, 10'000)}, mode, {});
    EXPECT_EQ(Names(plan.drop), "all partly");
    EXPECT_TRUE(plan.rewrite.empty());
    EXPECT_TRUE(plan.mark.empty());
  }
}

TEST(PlanRemovals, RowsOfALargeFileAreMarkedUntilAThirdIsDeleted) {
  auto worn = BigFile("worn");
  DeleteRows(worn, 29'000);
  auto fresh = BigFile("fresh");
  DeleteRows(fresh, 10);
  const auto plan = PlanRemovals(SnapshotOf({}), {HitsOf(worn, 1'000), HitsOf(fresh, 1'000)}, RemovalMode::kMark, {});
  EXPECT_EQ(Names(plan.rewrite), "worn");
  EXPECT_EQ(Names(plan.mark), "fresh");
}

TEST(PlanRemovals, SmallFilesAndFilesOfManyDeletesAreRewritten) {
  auto many = BigFile("many");
  for (int i = 0; i < 64; ++i) DeleteRows(many, 1);
  const auto plan =
      PlanRemovals(SnapshotOf({}), {HitsOf(FileOf("small", 1'000), 1), HitsOf(many, 1)}, RemovalMode::kMark, {});
  EXPECT_EQ(Names(plan.rewrite), "small many");
}

TEST(PlanRemovals, FilesOfAFullTierAreRewrittenAlong) {
  std::vector<DataFile> files{BigFile("big")};
  for (int i = 0; i < 16; ++i) files.push_back(FileOf("t" + std::to_string(i), 10));
  const auto snapshot = SnapshotOf(files);
  const auto plan = PlanRemovals(snapshot, {{snapshot.files[0], 1}, {snapshot.files[1], 1}}, RemovalMode::kMark, {});
  EXPECT_EQ(plan.rewrite.size(), 16U);
  EXPECT_EQ(Names(plan.mark), "big");
}

TEST(PlanRemovals, AWidenedColumnRewritesTheWholeTable) {
  const auto plan = PlanRemovals(SnapshotOf({BigFile("a"), BigFile("b")}), {}, RemovalMode::kRewriteAll, {});
  EXPECT_EQ(Names(plan.rewrite), "a b");
}

TEST(FilesToAbsorb, NothingIsFoldedBeforeATierIsFull) {
  std::vector<DataFile> files;
  for (int i = 0; i < 15; ++i) files.push_back(FileOf("a" + std::to_string(i), 10));
  EXPECT_TRUE(FilesToAbsorb(SnapshotOf(files)).empty());
  files.push_back(FileOf("big", 10, 64 * kKilobyte * kKilobyte));
  files.push_back(FileOf("foreign", -1));
  EXPECT_TRUE(FilesToAbsorb(SnapshotOf(files)).empty());
  files.push_back(FileOf("last", 1));
  EXPECT_EQ(FilesToAbsorb(SnapshotOf(files)).size(), 16U);
}

TEST(FilesToAbsorb, AFullTierTakesTheOnesBelowAndLeavesTheOnesAbove) {
  std::vector<DataFile> files{FileOf("above", 5000), FileOf("below", 3)};
  for (int i = 0; i < 16; ++i) files.push_back(FileOf("t" + std::to_string(i), 200));
  const auto absorbed = FilesToAbsorb(SnapshotOf(files));
  EXPECT_EQ(absorbed.size(), 17U);
  EXPECT_EQ(absorbed.front()->path, "data/below.parquet");
}

/// Commits of `rows` rows each, absorbed as a merge does; the rows written in all.
struct Simulated {
  uint64_t written = 0;
  size_t most_files = 0;
};
Simulated Commit(int commits, int64_t rows) {
  Simulated result;
  std::vector<DataFile> files;
  for (int commit = 0; commit < commits; ++commit) {
    const auto absorbed = FilesToAbsorb(SnapshotOf(files));
    auto total = rows;
    for (const auto& file : absorbed) {
      total += file->record_count;
      std::erase_if(files, [&](const DataFile& one) { return one.path == file->path; });
    }
    files.push_back(FileOf(std::to_string(commit), total));
    result.written += static_cast<uint64_t>(total);
    result.most_files = std::max(result.most_files, files.size());
  }
  return result;
}

TEST(FilesToAbsorb, FoldingStaysCheapHoweverManyCommitsThereAre) {
  const auto few = Commit(256, 10);
  const auto many = Commit(2048, 10);
  EXPECT_LE(few.written, 256U * 10 * 4);
  EXPECT_LE(many.written, 2048U * 10 * 5);  // a tier more, not eight times as much
  EXPECT_LE(many.most_files, 16U * 5);
}

}  // namespace
}  // namespace tarn::silver
