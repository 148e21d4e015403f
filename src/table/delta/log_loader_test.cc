// SPDX-License-Identifier: Apache-2.0
#include "table/delta/log_loader.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/delta/action_json.h"
#include "table/delta/checkpoint.h"
#include "table/delta/checkpoint_rows.h"
#include "table/delta/delta_state.h"
#include "table/delta/delta_testing.h"
#include "table/delta/log_names.h"

namespace tarn::table::delta {
namespace {

class LogLoaderTest : public ::testing::Test {
 protected:
  std::string KeyOf(const std::string& name) { return std::string(kLocation) + "/" + name; }
  Status Put(int64_t version, const std::string& body) {
    return store_.PutIfAbsent(KeyOf(LogEntryName(version)), body);
  }
  Status Drop(const std::string& name) { return store_.Delete(KeyOf(name)); }
  Result<SnapshotPtr> Load(ParquetCodec* parquet = nullptr) {
    return LogLoader(store_, kLocation, parquet).Load(nullptr);
  }

  /// Versions 0 to `last`: created, then one file added a version, every fifth one replacing its predecessor's.
  void Fill(int64_t last) {
    DeltaFormat format({.parquet = &parquet_});
    Table table({.store = store_, .format = format, .clock = clock_, .randomness = randomness_}, kLocation);
    ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
    for (int64_t version = 1; version <= last; ++version) {
      CommitIntent intent = IntentOf("WRITE");
      intent.add = {FileOf(std::to_string(version), version)};
      if (version % 5 == 0) intent.remove = {"data/" + std::to_string(version - 1) + ".parquet"};
      intent.transactions = {{"job", version}};
      ASSERT_OK_AND_ASSIGN(const auto outcome, table.Commit(Always(std::move(intent))));
      ASSERT_EQ(outcome.snapshot->version, version);
      ASSERT_THAT(table.Maintain(), IsOk());
    }
  }

  ManualClock clock_{kNow};
  SeededRandomness randomness_{11};
  store::MemoryStore store_;
  FakeParquet parquet_;
};

void ExpectSame(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.committed_at, b.committed_at);
  EXPECT_EQ(a.commit_id, b.commit_id);
  EXPECT_EQ(a.transactions, b.transactions);
  EXPECT_EQ(a.properties, b.properties);
  EXPECT_EQ(a.last_field_id, b.last_field_id);
  EXPECT_TRUE(a.schema == b.schema);
  ASSERT_EQ(a.files.size(), b.files.size());
  for (size_t i = 0; i < a.files.size(); ++i) {
    EXPECT_EQ(a.files[i]->path, b.files[i]->path);
    EXPECT_EQ(a.files[i]->record_count, b.files[i]->record_count);
    EXPECT_EQ(a.files[i]->modified, b.files[i]->modified);
  }
  EXPECT_TRUE(StateOf(a).protocol == StateOf(b).protocol);
  EXPECT_TRUE(*StateOf(a).metadata == *StateOf(b).metadata);
}

TEST_F(LogLoaderTest, TableThatDoesNotExistIsVersionMinusOne) {
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load());
  EXPECT_FALSE(snapshot->exists());
  EXPECT_THAT(LogLoader(store_, kLocation, nullptr).LoadVersion(0), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(LogLoaderTest, FullAndIncrementalLoadsAgree) {
  Fill(7);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr full, Load());
  EXPECT_EQ(full->version, 7);
  EXPECT_EQ(full->files.size(), 6U);
  LogLoader loader(store_, kLocation, nullptr);
  for (int64_t from = 0; from <= 7; ++from) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr known, loader.LoadVersion(from));
    EXPECT_EQ(known->version, from);
    EXPECT_EQ(known->transactions.contains("job"), from > 0);
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr onwards, loader.Load(known));
    ExpectSame(*onwards, *full);
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr again, loader.Load(full));
  EXPECT_EQ(again, full);
}

TEST_F(LogLoaderTest, LoadsWithAndWithoutCheckpointsAgree) {
  Fill(27);
  ASSERT_OK_AND_ASSIGN(const auto hint, store_.Get(KeyOf(LastCheckpointName())));
  EXPECT_EQ(hint, R"({"version":20,"size":23,"sizeInBytes":4,"numOfAddFiles":16})");
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr plain, Load());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr checkpointed, Load(&parquet_));
  EXPECT_EQ(StateOf(*checkpointed).checkpoint_version, 20);
  ExpectSame(*checkpointed, *plain);

  ASSERT_THAT(Drop(LastCheckpointName()), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr listed, Load(&parquet_));
  EXPECT_EQ(StateOf(*listed).checkpoint_version, 20);
  ExpectSame(*listed, *plain);
}

TEST_F(LogLoaderTest, LogThatStartsWithACheckpointNeedsTheCodec) {
  Fill(23);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr whole, Load());
  for (int64_t version = 0; version <= 20; ++version) ASSERT_THAT(Drop(LogEntryName(version)), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr rest, Load(&parquet_));
  ExpectSame(*rest, *whole);
  EXPECT_THAT(Load(), ErrorIs(ErrorCode::kUnsupported));

  LogLoader loader(store_, kLocation, &parquet_);
  EXPECT_THAT(loader.LoadVersion(22), IsOk());
  EXPECT_THAT(loader.LoadVersion(24), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(loader.LoadVersion(15), ErrorIs(ErrorCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr at_checkpoint, loader.LoadVersion(20));
  EXPECT_EQ(at_checkpoint->version, 20);
  EXPECT_EQ(at_checkpoint->transactions.at("job"), 20);
  EXPECT_GT(at_checkpoint->committed_at.micros, 0);
}

/// However long the log is behind it.
TEST_F(LogLoaderTest, OldVersionsAreWhatTheyWere) {
  Fill(150);
  ASSERT_THAT(Drop(CheckpointName(40)), IsOk());
  ASSERT_THAT(Drop(CheckpointName(50)), IsOk());
  ASSERT_THAT(Drop(CheckpointName(60)), IsOk());
  for (const int64_t version : {0, 7, 10, 13, 33, 59, 63, 70, 99, 149}) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr plain, LogLoader(store_, kLocation, nullptr).LoadVersion(version));
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr loaded, LogLoader(store_, kLocation, &parquet_).LoadVersion(version));
    ASSERT_EQ(loaded->version, version);
    ExpectSame(*loaded, *plain);
  }
}

TEST_F(LogLoaderTest, HintThatLeadsNowhereIsOnlyAHint) {
  Fill(3);
  for (const char* hint : {"{\"version\":2,\"size\":1}", "{\"version\":900}", "not json", "{\"version\":\"x\"}"}) {
    ASSERT_THAT(store_.PutIfAbsent(KeyOf(LastCheckpointName()), hint), IsOk());
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load(&parquet_));
    EXPECT_EQ(snapshot->version, 3) << hint;
    ASSERT_THAT(Drop(LastCheckpointName()), IsOk());
  }
}

TEST_F(LogLoaderTest, IncompletePartsAreIgnored) {
  Fill(13);
  ASSERT_THAT(store_.PutIfAbsent(KeyOf(VersionPrefix(12) + ".checkpoint.0000000001.0000000002.parquet"), "x"), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load(&parquet_));
  EXPECT_EQ(StateOf(*snapshot).checkpoint_version, 10);
}

TEST_F(LogLoaderTest, CheckpointInPartsIsRead) {
  Fill(4);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr whole, Load());
  ASSERT_OK_AND_ASSIGN(ReplayedLog log, LogLoader(store_, kLocation, nullptr).ReplayTo(4));
  ActionSet first;
  first.protocol = log.protocol;
  first.metadata = log.metadata;
  ActionSet second;
  for (const auto& [name, txn] : log.txns) second.txns.push_back(txn);
  for (const LiveFile& file : log.files) second.adds.push_back(file.add);
  int part = 0;
  for (const ActionSet* actions : {&first, &second}) {
    CheckpointRows rows(*actions);
    const auto supply = [&](BatchView& batch) -> Result<bool> { return rows.Next(batch); };
    const std::string name =
        VersionPrefix(4) + ".checkpoint.000000000" + std::to_string(++part) + ".0000000002.parquet";
    ASSERT_THAT(parquet_.Write(store_, KeyOf(name), CheckpointSchema(), supply), IsOk());
  }
  for (int64_t version = 0; version <= 3; ++version) ASSERT_THAT(Drop(LogEntryName(version)), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load(&parquet_));
  ExpectSame(*snapshot, *whole);
}

/// Writes the state of version 4 as a v2 checkpoint with one sidecar: what lies where is the test's choice.
class SidecarTest : public LogLoaderTest {
 protected:
  void SetUp() override {
    Fill(4);
    ASSERT_OK_AND_ASSIGN(whole_, Load());
    ASSERT_OK_AND_ASSIGN(ReplayedLog log, LogLoader(store_, kLocation, nullptr).ReplayTo(4));
    top_.protocol = log.protocol;
    top_.metadata = log.metadata;
    for (const auto& [name, txn] : log.txns) top_.txns.push_back(txn);
    for (const LiveFile& file : log.files) sidecar_.adds.push_back(file.add);
    for (int64_t version = 0; version <= 3; ++version) ASSERT_THAT(Drop(LogEntryName(version)), IsOk());
  }
  void PutSidecar() {
    CheckpointRows rows(sidecar_);
    const auto supply = [&](BatchView& batch) -> Result<bool> { return rows.Next(batch); };
    ASSERT_THAT(parquet_.Write(store_, KeyOf("_delta_log/_sidecars/3a0d65cd.parquet"), CheckpointSchema(), supply),
                IsOk());
  }
  void PutTop(const std::string& sidecar) {
    const std::string body = EncodeLogEntry(top_) + R"({"checkpointMetadata":{"version":4}}
{"sidecar":{"path":")" + sidecar +
                             R"(","sizeInBytes":4,"modificationTime":1}})";
    ASSERT_THAT(
        store_.PutIfAbsent(KeyOf(VersionPrefix(4) + ".checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"), body),
        IsOk());
  }

  SnapshotPtr whole_;
  ActionSet top_;
  ActionSet sidecar_;
};

TEST_F(SidecarTest, CheckpointWithSidecarsIsRead) {
  PutSidecar();
  PutTop("3a0d65cd.parquet");
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load(&parquet_));
  EXPECT_EQ(StateOf(*snapshot).checkpoint_version, 4);
  ExpectSame(*snapshot, *whole_);
}

TEST_F(SidecarTest, SidecarMayBeNamedByItsAbsolutePath) {
  PutSidecar();
  PutTop("memory:/silver/sales/orders/_delta_log/_sidecars/3a0d65cd.parquet");
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load(&parquet_));
  ExpectSame(*snapshot, *whole_);
}

TEST_F(SidecarTest, MissingSidecarIsDamage) {
  PutTop("3a0d65cd.parquet");
  EXPECT_THAT(Load(&parquet_), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(SidecarTest, SidecarElsewhereIsRefused) {
  PutTop("s3://other/x.parquet");
  EXPECT_THAT(Load(&parquet_), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(LogLoaderTest, MissingEntryIsDamage) {
  Fill(5);
  ASSERT_THAT(Drop(LogEntryName(3)), IsOk());
  EXPECT_THAT(Load(), ErrorIs(ErrorCode::kCorrupt));
  ASSERT_THAT(Drop(LogEntryName(0)), IsOk());
  EXPECT_THAT(Load(), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(LogLoaderTest, BrokenEntryIsDamageWithItsPlace) {
  ASSERT_THAT(Put(0, "{\"commitInfo\":{}}\nnonsense"), IsOk());
  const auto loaded = Load();
  ASSERT_THAT(loaded, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_EQ(loaded.error().context, "line 2; silver/sales/orders/_delta_log/00000000000000000000.json");
  ASSERT_THAT(Drop(LogEntryName(0)), IsOk());
  ASSERT_THAT(Put(0, "{\"commitInfo\":{}}"), IsOk());
  EXPECT_THAT(Load(), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(LogLoaderTest, TablesWeCannotReadAreRefusedByName) {
  const std::string metadata =
      R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[]}",)"
      R"("partitionColumns":[],"configuration":{}}})";
  const std::string plain = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";
  const auto with_features = [](const std::string& name) {
    return R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[")" + name +
           R"("],"writerFeatures":[")" + name + R"("]}})";
  };
  std::string mapped = metadata;
  mapped.replace(mapped.find("\"configuration\":{}"), 18, R"("configuration":{"delta.columnMapping.mode":"hash"})");
  struct Case {
    std::string body;
    std::string name;
  };
  const std::vector<Case> cases = {
      {with_features("variantType") + "\n" + metadata, "variantType"},
      {with_features("catalogManaged") + "\n" + metadata, "catalogManaged"},
      {R"({"protocol":{"minReaderVersion":4,"minWriterVersion":7}})"
       "\n" +
           metadata,
       "reader version 4"},
      {R"({"protocol":{"minReaderVersion":2,"minWriterVersion":5}})"
       "\n" +
           mapped,
       "column mapping mode hash"},
      {plain + "\n" + metadata + R"(
{"add":{"path":"a","size":1,"modificationTime":2,"dataChange":true,"deletionVector":{"storageType":"x","pathOrInlineDv":"","sizeInBytes":1,"cardinality":1}}})",
       "storage type x"},
      {plain + "\n" + metadata + R"(
{"add":{"path":"a","size":1,"modificationTime":2,"dataChange":true,"deletionVector":{"storageType":"p","pathOrInlineDv":"s3://b/x","sizeInBytes":1,"cardinality":1}}})",
       "outside"},
      {plain + "\n" + metadata + R"(
{"add":{"path":"s3://bucket/a","size":1,"modificationTime":2,"dataChange":true}})",
       "outside"},
      {plain + "\n" + metadata + R"(
{"add":{"path":"x/%2E%2E/../a","size":1,"modificationTime":2,"dataChange":true}})",
       "outside"},
  };
  for (const Case& test : cases) {
    ASSERT_THAT(Put(0, test.body), IsOk());
    const auto loaded = Load();
    ASSERT_THAT(loaded, ErrorIs(ErrorCode::kUnsupported)) << test.name;
    EXPECT_NE(loaded.error().message.find(test.name), std::string::npos) << loaded.error().message;
    ASSERT_THAT(Drop(LogEntryName(0)), IsOk());
  }
}

TEST_F(LogLoaderTest, EntryOfAForeignWriterTellsItsTimeByTheObject) {
  Fill(1);
  ASSERT_THAT(
      Put(2,
          R"({"add":{"path":"foreign.parquet","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true}})"),
      IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load());
  EXPECT_EQ(snapshot->version, 2);
  EXPECT_TRUE(snapshot->commit_id.empty());
  ASSERT_OK_AND_ASSIGN(const auto info, store_.Head(KeyOf(LogEntryName(2))));
  EXPECT_EQ(snapshot->committed_at, info.modified);
}

TEST_F(LogLoaderTest, CheckpointKeepsTombstonesAndDomainsUntilTheyExpire) {
  Fill(0);
  ASSERT_THAT(Put(1, R"({"remove":{"path":"old","deletionTimestamp":1000,"dataChange":true}}
{"remove":{"path":"new","deletionTimestamp":1767225600000,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":5}}
{"domainMetadata":{"domain":"kept","configuration":"{}","removed":false}}
{"domainMetadata":{"domain":"gone","configuration":"{}","removed":true}}
{"add":{"path":"a","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true,"stats":"{\"numRecords\":1}","tags":{"k":"v"}}}
{"commitInfo":{"timestamp":1767225600000}})"),
              IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load(&parquet_));
  auto ten = std::make_shared<Snapshot>(*snapshot);
  ten->properties["delta.checkpointInterval"] = "1";
  ASSERT_THAT(WriteCheckpointIfDue(store_, kLocation, *ten, parquet_), IsOk());
  ASSERT_THAT(Drop(LogEntryName(0)), IsOk());
  ASSERT_OK_AND_ASSIGN(const ReplayedLog log, LogLoader(store_, kLocation, &parquet_).ReplayTo(1));
  ASSERT_EQ(log.tombstones.size(), 1U);
  EXPECT_EQ(log.tombstones[0].path, "new");
  EXPECT_EQ(log.tombstones[0].size_bytes, 5);
  ASSERT_EQ(log.domains.size(), 1U);
  EXPECT_TRUE(log.domains.contains("kept"));
  ASSERT_EQ(log.files.size(), 1U);
  EXPECT_EQ(log.files[0].add.stats, "{\"numRecords\":1}");
  EXPECT_EQ(log.files[0].add.tags.at("k"), "v");
}

TEST_F(LogLoaderTest, ThousandVersionsAreReplayed) {
  DeltaFormat format({});
  SnapshotPtr head = std::make_shared<const Snapshot>();
  for (int64_t version = 0; version < 1000; ++version) {
    CommitIntent intent = version == 0 ? CreateIntent() : IntentOf("WRITE");
    intent.add = {FileOf(std::to_string(version), 1)};
    ASSERT_OK_AND_ASSIGN(const CommitPlan plan, format.Plan(*head, kLocation, intent));
    ASSERT_THAT(Put(version, plan.decisive.body), IsOk());
    ASSERT_OK_AND_ASSIGN(head, format.Apply(head, intent, plan));
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, Load());
  EXPECT_EQ(snapshot->RecordCount(), 1000);
  ExpectSame(*snapshot, *head);
}

TEST(LogNames, AbsolutePathsBelowTheTableAreItsOwn) {
  EXPECT_EQ(DecodePath("data/a%20b.parquet").value_or(""), "data/a b.parquet");
  EXPECT_EQ(DecodePath("file:/lake/t/data/x", "/lake/t").value_or(""), "data/x");
  EXPECT_EQ(DecodePath("file:///lake/t/data/x", "/lake/t").value_or(""), "data/x");
  EXPECT_EQ(DecodePath("/lake/t/data/x", "/lake/t").value_or(""), "data/x");
  EXPECT_EQ(DecodePath("s3a://b/t/x", "s3://b/t").value_or(""), "x");
  for (const char* uri : {"/lake/t2/x", "/lake/t/../x", "/lake/t", "/lake/t/", "s3://b/t/x", "file:/etc/passwd"}) {
    EXPECT_THAT(DecodePath(uri, "/lake/t"), ErrorIs(ErrorCode::kUnsupported)) << uri;
  }
  EXPECT_THAT(DecodePath("/lake/t/x"), ErrorIs(ErrorCode::kUnsupported));
}

TEST(LogNames, FileNamesAreToldApart) {
  EXPECT_EQ(ParseLogFileName("00000000000000000042.json")->version, 42);
  EXPECT_EQ(ParseLogFileName("00000000000000000042.checkpoint.parquet")->kind, LogFileKind::kClassicCheckpoint);
  EXPECT_EQ(ParseLogFileName("00000000000000000042.checkpoint.0000000001.0000000003.parquet")->parts, 3);
  EXPECT_EQ(ParseLogFileName("00000000000000000042.checkpoint.3a0d65cd-4056-49b8-937b-95f9e3ee90e5.json")->kind,
            LogFileKind::kUuidCheckpoint);
  for (const char* name : {"_last_checkpoint", "00000000000000000042.crc", "42.json", "00000000000000000042.json.tmp",
                           "00000000000000000001.00000000000000000005.compacted.json", "_staged_commits/x", ""}) {
    EXPECT_EQ(ParseLogFileName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace tarn::table::delta
