// SPDX-License-Identifier: Apache-2.0
// Rows deleted by vectors: what a commit writes, what foreign writers may say, races.
#include "table/delta/deletion_vector.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/result_matchers.h"
#include "codec/deletion_vector_blob.h"
#include "codec/digest.h"
#include "store/memory/memory_store.h"
#include "table/deleted_rows.h"
#include "table/delta/action_json.h"
#include "table/delta/checkpoint.h"
#include "table/delta/delta_state.h"
#include "table/delta/delta_testing.h"
#include "table/delta/log_loader.h"
#include "table/delta/log_names.h"
#include "table/scripted_store_testing.h"

namespace tarn::table::delta {
namespace {

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(TARN_TEST_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

codec::Bitmap64 RowsOf(const std::vector<uint64_t>& rows) {
  codec::Bitmap64 bitmap;
  for (const uint64_t row : rows) bitmap.Add(row);
  return bitmap;
}

class DeletionVectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CommitIntent create = CreateIntent();
    create.add = {FileOf("one", 10), FileOf("two", 5)};
    ASSERT_THAT(table_.Commit(Always(create)), IsOk());
  }

  /// Deletes rows besides those that are deleted already, as a merge does.
  Table::Planner Deleting(std::string path, codec::Bitmap64 rows) {
    return [=, this](const SnapshotPtr& base) -> Result<std::optional<CommitIntent>> {
      ++plans_;
      RowDeletion deletion{.path = path, .rows = rows, .added = rows};
      for (const DataFilePtr& file : base->files) {
        if (file->path != path) continue;
        TARN_ASSIGN(const auto before, LoadDeletedRows(store_, nullptr, kLocation, *file));
        deletion.rows |= before;
        deletion.added -= before;
      }
      CommitIntent intent = IntentOf("DELETE");
      intent.commit_id.clear();
      TARN_ASSIGN(intent.deletes, format_.WriteDeletes(store_, kLocation, *base, {&deletion, 1}, randomness_));
      return std::optional(std::move(intent));
    };
  }
  void Delete(const std::string& path, const std::vector<uint64_t>& rows) {
    ASSERT_THAT(table_.Commit(Deleting(path, RowsOf(rows))), IsOk());
  }
  Result<codec::Bitmap64> Deleted(const std::string& path) {
    TARN_ASSIGN(const SnapshotPtr head, LogLoader(memory_, kLocation, &parquet_).Load(nullptr));
    for (const DataFilePtr& file : head->files) {
      if (file->path == path) return LoadDeletedRows(memory_, nullptr, kLocation, *file);
    }
    return Fail(ErrorCode::kNotFound, "no such file");
  }
  Result<ActionSet> Entry(int64_t version) {
    TARN_ASSIGN(const std::string body, memory_.Get(std::string(kLocation) + "/" + LogEntryName(version)));
    return DecodeLogEntry(body);
  }
  Status PutEntry(int64_t version, const std::string& body) {
    return memory_.PutIfAbsent(std::string(kLocation) + "/" + LogEntryName(version), body);
  }

  ManualClock clock_{kNow};
  SeededRandomness randomness_{5};
  FakeParquet parquet_;
  store::MemoryStore memory_;
  ScriptedStore store_{memory_};
  DeltaFormat format_{{.engine_info = "tarn/0.0.0", .parquet = &parquet_}};
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
  int plans_ = 0;
};

TEST_F(DeletionVectorTest, ARestoreBringsBackFilesWithTheVectorsTheyHad) {
  Delete("data/one.parquet", {3, 4, 7});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr target, table_.Load());
  Delete("data/one.parquet", {0});
  CommitIntent replace = IntentOf("MERGE");
  replace.remove = {"data/two.parquet"};
  replace.add = {FileOf("three", 4)};
  ASSERT_THAT(table_.Commit(Always(std::move(replace))), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr then, table_.LoadVersion(target->snapshot_id));
  CommitIntent back = IntentOf("ROLLBACK");
  back.restore = then;
  ASSERT_OK_AND_ASSIGN(const auto done, table_.Commit(Always(std::move(back))));
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr read, format_.Load(memory_, kLocation, nullptr));
  for (const auto& snapshot : {done.snapshot, read}) {
    EXPECT_EQ(PathsOf(*snapshot), (std::vector<std::string>{"data/one.parquet", "data/two.parquet"}));
    EXPECT_EQ(snapshot->RecordCount(), 12);
  }
  EXPECT_EQ(Deleted("data/one.parquet"), RowsOf({3, 4, 7}));
  ASSERT_OK_AND_ASSIGN(const VersionChange change, table_.LoadChange(done.snapshot->snapshot_id));
  EXPECT_EQ(change.operation, "ROLLBACK");
  EXPECT_EQ(change.rows_added, 6) << "five of a file and one of a vector";
  EXPECT_EQ(change.rows_removed, 4);
  EXPECT_EQ(change.files_added, 2);
  EXPECT_EQ(change.files_removed, 2);
  EXPECT_EQ(change.added.size(), 3U) << "two files and a vector";
}

TEST_F(DeletionVectorTest, ARestoreNamesOnlyWhatDiffers) {
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr target, table_.Load());
  Delete("data/one.parquet", {1});
  CommitIntent back = IntentOf("ROLLBACK");
  back.restore = target;
  ASSERT_OK_AND_ASSIGN(const auto done, table_.Commit(Always(back)));
  ASSERT_OK_AND_ASSIGN(const ActionSet entry, Entry(done.snapshot->version));
  ASSERT_EQ(entry.adds.size(), 1U);
  EXPECT_EQ(entry.adds[0].path, "data/one.parquet");
  EXPECT_FALSE(entry.adds[0].deletion_vector.has_value());
  ASSERT_EQ(entry.removes.size(), 1U);
  EXPECT_TRUE(entry.removes[0].deletion_vector.has_value());
  back.add = {FileOf("more")};
  EXPECT_THAT(table_.Commit(Always(back)), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DeletionVectorTest, EntryAndVectorFileAreTheGoldenOnes) {
  Delete("data/one.parquet", {3, 4, 7});
  Delete("data/one.parquet", {0});
  std::string entries;
  for (const int64_t version : {1, 2}) {
    ASSERT_OK_AND_ASSIGN(const std::string body, memory_.Get(std::string(kLocation) + "/" + LogEntryName(version)));
    entries += body;
  }
  EXPECT_EQ(entries, ReadGolden("delete_rows.json"));
  ASSERT_OK_AND_ASSIGN(const ActionSet first, Entry(1));
  ASSERT_OK_AND_ASSIGN(const DeleteFile deletes, ToDeleteFile(*first.adds.at(0).deletion_vector, ""));
  ASSERT_OK_AND_ASSIGN(const std::string file, memory_.Get(std::string(kLocation) + "/" + deletes.path));
  EXPECT_EQ(codec::Hex(file),
            "01"                        // version
            "00000026d1d33964"          // length and magic number
            "010000000000000000000000"  // one 32-bit bitmap, of high word 0
            "3a300000010000000000020010000000030004000700"
            "b8b7a609");
}

TEST_F(DeletionVectorTest, FirstVectorRaisesTheProtocolAndLaterOnesDoNot) {
  Delete("data/one.parquet", {3});
  Delete("data/two.parquet", {1});
  ASSERT_OK_AND_ASSIGN(const ActionSet first, Entry(1));
  ASSERT_TRUE(first.protocol);
  EXPECT_EQ(first.protocol->min_reader_version, 3);
  EXPECT_EQ(first.protocol->reader_features, (std::vector<std::string>{"deletionVectors"}));
  EXPECT_EQ(first.protocol->writer_features, (std::vector<std::string>{"appendOnly", "invariants", "deletionVectors"}));
  EXPECT_EQ(first.metadata->configuration.at("delta.enableDeletionVectors"), "true");
  ASSERT_OK_AND_ASSIGN(const ActionSet second, Entry(2));
  EXPECT_FALSE(second.protocol);
  EXPECT_FALSE(second.metadata);
}

TEST_F(DeletionVectorTest, LoadedAndAppliedSnapshotsAgreeWithAndWithoutCheckpoint) {
  Delete("data/one.parquet", {3, 4});
  Delete("data/one.parquet", {9});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr applied, table_.Load());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr loaded, LogLoader(memory_, kLocation, nullptr).Load(nullptr));
  ASSERT_THAT(WriteCheckpointOf(memory_, kLocation, 2, parquet_), IsOk());
  for (int64_t version = 0; version <= 1; ++version) {
    ASSERT_THAT(memory_.Delete(std::string(kLocation) + "/" + LogEntryName(version)), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr checkpointed, LogLoader(memory_, kLocation, &parquet_).Load(nullptr));
  for (const SnapshotPtr& snapshot : {applied, loaded, checkpointed}) {
    ASSERT_EQ(snapshot->files.size(), 2U);
    EXPECT_EQ(snapshot->RecordCount(), 12);
    for (const DataFilePtr& file : snapshot->files) {
      const auto same = std::ranges::find(applied->files, file->path, [](const auto& f) { return f->path; });
      ASSERT_NE(same, applied->files.end());
      EXPECT_TRUE(file->SameRows(**same));
    }
  }
  ASSERT_OK_AND_ASSIGN(const auto rows, Deleted("data/one.parquet"));
  EXPECT_EQ(rows, RowsOf({3, 4, 9}));
  // The superseded vectors stay known until they expire, so that a foreign VACUUM keeps what older versions read.
  ASSERT_OK_AND_ASSIGN(const ReplayedLog log, LogLoader(memory_, kLocation, &parquet_).ReplayTo(2));
  EXPECT_EQ(log.tombstones.size(), 2U);
}

TEST_F(DeletionVectorTest, FileWithoutALiveRowIsRemoved) {
  Delete("data/two.parquet", {0, 1, 2, 3, 4});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr head, table_.Load());
  EXPECT_EQ(PathsOf(*head), std::vector<std::string>{"data/one.parquet"});
}

TEST_F(DeletionVectorTest, RaceForOneFileKeepsBothDeletions) {
  store_.before_put = [this] {
    Table other({.store = memory_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
    ASSERT_THAT(other.Commit(Deleting("data/one.parquet", RowsOf({1}))), IsOk());
  };
  Delete("data/one.parquet", {2});
  EXPECT_EQ(plans_, 3);
  ASSERT_OK_AND_ASSIGN(const auto rows, Deleted("data/one.parquet"));
  EXPECT_EQ(rows, RowsOf({1, 2}));
}

TEST_F(DeletionVectorTest, FileRemovedByAnotherWriterIsAConflict) {
  RowDeletion deletion{.path = "data/gone.parquet", .rows = RowsOf({1}), .added = RowsOf({1})};
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr head, table_.Load());
  EXPECT_THAT(format_.WriteDeletes(store_, kLocation, *head, {&deletion, 1}, randomness_),
              ErrorIs(ErrorCode::kConflict));
  CommitIntent intent = IntentOf("DELETE");
  intent.deletes = {{.path = "data/gone.parquet", .file = {}}};
  EXPECT_THAT(format_.Plan(*head, kLocation, intent), ErrorIs(ErrorCode::kConflict));
}

TEST_F(DeletionVectorTest, NothingIsPutForNothing) {
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr head, table_.Load());
  EXPECT_THAT(format_.WriteDeletes(store_, kLocation, *head, {}, randomness_), IsOk());
  const RowDeletion behind{.path = "data/two.parquet", .rows = RowsOf({5}), .added = RowsOf({5})};
  EXPECT_THAT(format_.WriteDeletes(store_, kLocation, *head, {&behind, 1}, randomness_),
              ErrorIs(ErrorCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const auto objects, memory_.List(std::string(kLocation) + "/deletion_vector_"));
  EXPECT_TRUE(objects.empty());
}

TEST_F(DeletionVectorTest, WhatCannotBeDeletedByVectorIsRefused) {
  ASSERT_OK_AND_ASSIGN(SnapshotPtr head, table_.Load());
  DeleteFile deletes;
  deletes.inline_blob = codec::EncodeDeletionVector(RowsOf({1}));
  deletes.record_count = 1;
  CommitIntent intent = IntentOf("DELETE");
  intent.deletes = {{.path = "data/one.parquet", .file = deletes}};
  EXPECT_THAT(format_.Plan(*head, kLocation, intent), IsOk());
  CommitIntent twice = intent;
  twice.remove = {"data/one.parquet"};
  EXPECT_THAT(format_.Plan(*head, kLocation, twice), ErrorIs(ErrorCode::kInvalidArgument));
  CommitIntent positions = intent;
  positions.deletes[0].file.content = DeleteContent::kPositions;
  EXPECT_THAT(format_.Plan(*head, kLocation, positions), ErrorIs(ErrorCode::kUnsupported));
  CommitIntent off = intent;
  off.properties = {{"delta.enableDeletionVectors", "false"}};
  EXPECT_THAT(format_.Plan(*head, kLocation, off), ErrorIs(ErrorCode::kUnsupported));

  ASSERT_OK_AND_ASSIGN(const CommitPlan plan, format_.Plan(*head, kLocation, intent));
  ASSERT_OK_AND_ASSIGN(head, format_.Apply(head, intent, plan));
  EXPECT_THAT(format_.Plan(*head, kLocation, intent), ErrorIs(ErrorCode::kInvalidArgument)) << "does not replace";

  ASSERT_THAT(PutEntry(1, R"({"add":{"path":"uncounted","size":1,"modificationTime":2,"dataChange":true}})"), IsOk());
  ASSERT_OK_AND_ASSIGN(head, table_.Load());
  intent.deletes[0].path = "uncounted";
  EXPECT_THAT(format_.Plan(*head, kLocation, intent), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(DeletionVectorTest, VectorsOfForeignWritersAreRead) {
  const std::string frame = codec::FrameDeletionVector(codec::EncodeDeletionVector(RowsOf({2, 3})));
  ASSERT_THAT(memory_.PutIfAbsent(std::string(kLocation) + "/x/dv.bin", "1234" + frame), IsOk());
  const std::string size = std::to_string(frame.size() - codec::kDeletionVectorFrameBytes);
  // One inline (rows 1, 3, 5), one by its absolute path.
  ASSERT_THAT(PutEntry(1, R"({"add":{"path":"data/one.parquet","partitionValues":{},"size":1,"modificationTime":2,)"
                          R"("dataChange":true,"stats":"{\"numRecords\":10}","deletionVector":{"storageType":"i",)"
                          R"("pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000625c8Xg0rri41POJ5","sizeInBytes":38,)"
                          R"("cardinality":3}}}
{"remove":{"path":"data/one.parquet","dataChange":true}}
{"add":{"path":"data/two.parquet","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true,)"
                          R"("stats":"{\"numRecords\":5}","deletionVector":{"storageType":"p","pathOrInlineDv":)"
                          R"("memory:/silver/sales/orders/x/dv.bin","offset":4,"sizeInBytes":)" +
                              size + R"(,"cardinality":2}}}
{"remove":{"path":"data/two.parquet","dataChange":true}})"),
              IsOk());
  ASSERT_OK_AND_ASSIGN(const auto one, Deleted("data/one.parquet"));
  EXPECT_EQ(one, RowsOf({1, 3, 5}));
  ASSERT_OK_AND_ASSIGN(const auto two, Deleted("data/two.parquet"));
  EXPECT_EQ(two, RowsOf({2, 3}));
  // On goes a deletion of ours.
  ASSERT_THAT(table_.Load(), IsOk());
  Delete("data/one.parquet", {0});
  ASSERT_OK_AND_ASSIGN(const auto more, Deleted("data/one.parquet"));
  EXPECT_EQ(more, RowsOf({0, 1, 3, 5}));
}

TEST_F(DeletionVectorTest, FileThatIsLiveTwiceIsDamage) {
  ASSERT_THAT(PutEntry(1, R"({"add":{"path":"data/one.parquet","size":1,"modificationTime":2,"dataChange":true,)"
                          R"("deletionVector":{"storageType":"i","pathOrInlineDv":"^Bg9^0rr91","sizeInBytes":8,)"
                          R"("cardinality":3}}})"),
              IsOk());
  EXPECT_THAT(table_.Load(), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(LogLoader(memory_, kLocation, nullptr).Load(nullptr), ErrorIs(ErrorCode::kCorrupt));
}

// Delta protocol, "Deletion Vectors", example 1.
TEST(DeletionVectorName, IsTheProtocols) {
  const DeletionVector vector{
      .storage_type = "u", .path_or_inline = "ab^-aqEH.-t@S}K{vb[*k^", .offset = 4, .size_bytes = 40, .cardinality = 6};
  ASSERT_OK_AND_ASSIGN(const DeleteFile deletes, ToDeleteFile(vector, ""));
  EXPECT_EQ(deletes.path, "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
  EXPECT_EQ(deletes.offset_bytes, 4);
  EXPECT_EQ(deletes.size_bytes, 48);
  EXPECT_EQ(UniqueIdOf(vector), "uab^-aqEH.-t@S}K{vb[*k^@4");
  DeleteFile ours = deletes;
  ours.path = "deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
  ASSERT_OK_AND_ASSIGN(DeletionVector named, ToDescriptor(ours));
  EXPECT_EQ(named.path_or_inline, "^-aqEH.-t@S}K{vb[*k^");
  named.path_or_inline = vector.path_or_inline;
  EXPECT_EQ(named, vector);
  EXPECT_THAT(ToDescriptor(deletes), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(DeletionVectorName, BrokenDescriptorsAreRefused) {
  for (const char* text : {"", "short", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"", "../^-aqEH.-t@S}K{vb[*k^"}) {
    const DeletionVector vector{
        .storage_type = "u", .path_or_inline = text, .offset = 0, .size_bytes = 1, .cardinality = 1};
    EXPECT_THAT(ToDeleteFile(vector, ""), ErrorIs(ErrorCode::kCorrupt)) << text;
  }
  const DeletionVector cut{
      .storage_type = "i", .path_or_inline = "^Bg9^", .offset = {}, .size_bytes = 5, .cardinality = 1};
  EXPECT_THAT(ToDeleteFile(cut, ""), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::table::delta
