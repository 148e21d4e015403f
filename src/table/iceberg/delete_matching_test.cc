// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/delete_matching.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/deleted_rows.h"
#include "table/iceberg/iceberg_testing.h"
#include "table/iceberg/position_deletes.h"

namespace tarn::table::iceberg {
namespace {

/// Manifests made by hand: one of data files, one of delete files.
class DeleteMatchingTest : public ::testing::Test {
 protected:
  DeleteMatchingTest() {
    metadata_.partition_specs = {
        PartitionSpec{},
        PartitionSpec{.spec_id = 1,
                      .fields = {{.source_ids = {5}, .field_id = 1000, .name = "n", .transform = "identity"}}}};
  }

  void AddFile(const std::string& name, int64_t sequence, std::vector<Value> partition = {}, int32_t spec = 0) {
    auto file = std::make_shared<DataFile>(DataFileOf(name));
    file->uri = "s3://b/t/" + file->path;
    file->sequence = sequence;
    LoadedManifest manifest;
    manifest.entry.partition_spec_id = spec;
    manifest.files.push_back({std::move(file), std::move(partition)});
    manifests_.push_back(std::make_shared<const LoadedManifest>(std::move(manifest)));
  }

  LiveDelete& AddDelete(DeleteContent content, const std::string& name, int64_t sequence,
                        std::vector<Value> partition = {}, int32_t spec = 0) {
    auto file = std::make_shared<DeleteFile>();
    file->content = content;
    file->path = name;
    file->sequence = sequence;
    auto manifest = std::make_shared<LoadedManifest>();
    manifest->entry.content = ManifestContent::kDeletes;
    manifest->entry.partition_spec_id = spec;
    manifest->deletes.push_back({std::move(file), std::move(partition), "", ""});
    LiveDelete& live = manifest->deletes.back();
    manifests_.push_back(std::move(manifest));
    return live;
  }

  std::string DeletesOf(const std::string& name) {
    std::string names;
    for (const DataFilePtr& file : MatchDeletes(manifests_, metadata_)) {
      if (file->path != "data/" + name + ".parquet") continue;
      for (const DeleteFilePtr& deletes : file->deletes) names += (names.empty() ? "" : " ") + deletes->path;
    }
    return names;
  }

  TableMetadata metadata_;
  std::vector<LoadedManifestPtr> manifests_;
};

TEST_F(DeleteMatchingTest, EqualityDeletesSpeakOfOlderRowsPositionsOfTheirOwnCommitToo) {
  AddFile("old", 1);
  AddFile("same", 2);
  AddFile("new", 3);
  AddDelete(DeleteContent::kEquality, "eq", 2);
  AddDelete(DeleteContent::kPositions, "pos", 2);
  EXPECT_EQ(DeletesOf("old"), "eq pos");
  EXPECT_EQ(DeletesOf("same"), "pos");
  EXPECT_EQ(DeletesOf("new"), "");
}

TEST_F(DeleteMatchingTest, PartitionsKeepDeletesApartButForGlobalEqualityDeletes) {
  AddFile("five", 1, {int64_t{5}}, 1);
  AddFile("null", 1, {Value()}, 1);
  AddFile("plain", 1);
  AddDelete(DeleteContent::kPositions, "pos5", 2, {int64_t{5}}, 1);
  AddDelete(DeleteContent::kEquality, "eq_null", 2, {Value()}, 1);
  AddDelete(DeleteContent::kEquality, "everywhere", 2);
  AddDelete(DeleteContent::kPositions, "unpartitioned", 2);
  EXPECT_EQ(DeletesOf("five"), "everywhere pos5");
  EXPECT_EQ(DeletesOf("null"), "everywhere eq_null");
  EXPECT_EQ(DeletesOf("plain"), "everywhere unpartitioned");
}

TEST_F(DeleteMatchingTest, BoundsOfThePathsLeaveFilesOut) {
  AddFile("a", 1);
  AddFile("m", 1);
  AddFile("z", 1);
  LiveDelete& range = AddDelete(DeleteContent::kPositions, "range", 2);
  range.first_uri = "s3://b/t/data/a.parquet";
  range.last_uri = "s3://b/t/data/n";
  LiveDelete& one = AddDelete(DeleteContent::kPositions, "one", 2);
  one.first_uri = one.last_uri = "s3://b/t/data/z.parquet";
  EXPECT_EQ(DeletesOf("a"), "range");
  EXPECT_EQ(DeletesOf("m"), "range");
  EXPECT_EQ(DeletesOf("z"), "one");
}

TEST_F(DeleteMatchingTest, AVectorTakesThePlaceOfPositionDeletes) {
  AddFile("a", 1);
  AddDelete(DeleteContent::kPositions, "pos", 2);
  AddDelete(DeleteContent::kEquality, "eq", 2);
  LiveDelete& vector = AddDelete(DeleteContent::kDeletionVector, "dv", 3);
  vector.first_uri = vector.last_uri = "s3://b/t/data/a.parquet";
  EXPECT_EQ(DeletesOf("a"), "dv eq");
}

/// Deletion vectors through commits of a v3 table.
class VectorCommitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CommitIntent create = CreateIntent();
    create.properties = {{"format-version", "3"}};
    for (const CommitIntent& intent : {create, Append("a", 100), Append("b", 100)}) Commit(intent);
  }
  void Commit(const CommitIntent& intent) { ASSERT_THAT(table_.Commit(Always(intent)), IsOk()); }

  void Delete(const std::string& name, std::vector<uint64_t> all, std::vector<uint64_t> added) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr base, table_.Load());
    RowDeletion deletion;
    deletion.path = "data/" + name + ".parquet";
    for (const uint64_t row : all) deletion.rows.Add(row);
    for (const uint64_t row : added) deletion.added.Add(row);
    CommitIntent intent = IntentOf("MERGE");
    ASSERT_OK_AND_ASSIGN(intent.deletes,
                         format_.WriteDeletes(store_, kLocation, *base, std::span(&deletion, 1), randomness_));
    Commit(intent);
  }
  SnapshotPtr Load() {
    auto snapshot = format_.Load(store_, kLocation, nullptr);
    EXPECT_THAT(snapshot, IsOk());
    return *snapshot;
  }
  std::vector<uint64_t> DeletedRowsOf(const Snapshot& snapshot, const std::string& name) {
    for (const DataFilePtr& file : snapshot.files) {
      if (file->path != "data/" + name + ".parquet") continue;
      const auto rows = LoadDeletedRows(store_, nullptr, kLocation, *file);
      EXPECT_THAT(rows, IsOk());
      return rows->Values();
    }
    return {};
  }

  SystemClock clock_;
  SeededRandomness randomness_{5};
  store::MemoryStore store_;
  IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
};

TEST_F(VectorCommitTest, ALaterVectorTakesThePlaceOfTheEarlierOne) {
  Delete("a", {3, 5}, {3, 5});
  Delete("a", {3, 5, 99}, {99});
  const SnapshotPtr snapshot = Load();
  EXPECT_EQ(DeletedRowsOf(*snapshot, "a"), (std::vector<uint64_t>{3, 5, 99}));
  EXPECT_TRUE(DeletedRowsOf(*snapshot, "b").empty());
  EXPECT_EQ(snapshot->RecordCount(), 197);
  EXPECT_EQ(SummaryOf(*snapshot).at("added-dvs"), "1");
  EXPECT_EQ(SummaryOf(*snapshot).at("total-delete-files"), "1");
  EXPECT_EQ(SummaryOf(*snapshot).at("total-position-deletes"), "3");
}

TEST_F(VectorCommitTest, AVectorLeavesWithItsFile) {
  Delete("a", {3}, {3});
  CommitIntent rewrite = IntentOf("MERGE");
  rewrite.remove = {"data/a.parquet"};
  rewrite.add = {DataFileOf("c", 99)};
  Commit(rewrite);
  const SnapshotPtr snapshot = Load();
  for (const auto& manifest : StateOf(*snapshot).manifests) EXPECT_TRUE(manifest->deletes.empty());
  EXPECT_EQ(SummaryOf(*snapshot).at("total-delete-files"), "0");
  EXPECT_EQ(snapshot->RecordCount(), 199);
}

TEST_F(VectorCommitTest, ARestoreBringsBackFilesWithTheVectorsAndSequenceNumbersTheyHad) {
  Delete("a", {3, 5}, {3, 5});
  const SnapshotPtr target = Load();
  Delete("a", {3, 5, 99}, {99});
  CommitIntent replace = IntentOf("MERGE");
  replace.remove = {"data/b.parquet"};
  replace.add = {DataFileOf("c", 7)};
  Commit(replace);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr then, table_.LoadVersion(target->snapshot_id));
  CommitIntent back = IntentOf("ROLLBACK");
  back.restore = then;
  ASSERT_OK_AND_ASSIGN(const auto done, table_.Commit(Always(back)));
  const SnapshotPtr read = Load();
  for (const auto& snapshot : {done.snapshot, read}) {
    EXPECT_EQ(PathsOf(*snapshot), PathsOf(*target));
    EXPECT_EQ(DeletedRowsOf(*snapshot, "a"), (std::vector<uint64_t>{3, 5}));
    EXPECT_EQ(snapshot->RecordCount(), 198);
    for (size_t i = 0; i < target->files.size(); ++i) {
      EXPECT_EQ(snapshot->files[i]->sequence, target->files[i]->sequence);
    }
  }
  const StringMap& summary = SummaryOf(*read);
  EXPECT_EQ(summary.at("operation"), "overwrite");
  EXPECT_EQ(summary.at("total-records"), "200");
  EXPECT_EQ(summary.at("total-data-files"), "2");
  EXPECT_EQ(summary.at("total-position-deletes"), "2");
  EXPECT_EQ(summary.at("total-files-size"), SummaryOf(*target).at("total-files-size"));
  ASSERT_OK_AND_ASSIGN(const VersionChange change, table_.LoadChange(read->snapshot_id));
  EXPECT_EQ(change.operation, "ROLLBACK");
  EXPECT_EQ(change.rows_added.value() - change.rows_removed.value(), 198 - (100 - 3 + 7));
  // What is named again counts as brought: expiry must know that it is in use.
  EXPECT_NE(std::ranges::find(change.added, "data/b.parquet"), change.added.end());
  Delete("a", {3, 5, 7}, {7});
  EXPECT_EQ(Load()->RecordCount(), 197);
  back.add = {DataFileOf("d", 1)};
  EXPECT_THAT(table_.Commit(Always(back)), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(VectorCommitTest, WithoutAParquetWriterSecondVersionTablesTakeNoDeletes) {
  store::MemoryStore store;
  Table table({.store = store, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
  ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
  ASSERT_THAT(table.Commit(Always(Append("a"))), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr base, table.Load());
  RowDeletion deletion;
  deletion.path = "data/a.parquet";
  deletion.rows.Add(1);
  deletion.added.Add(1);
  EXPECT_THAT(format_.WriteDeletes(store, kLocation, *base, std::span(&deletion, 1), randomness_),
              ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::table::iceberg
