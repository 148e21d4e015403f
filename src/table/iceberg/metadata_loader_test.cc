// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/metadata_loader.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "codec/compression.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"
#include "table/scripted_store_testing.h"

namespace tarn::table::iceberg {
namespace {

class MetadataLoaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const CommitIntent& intent : {CreateIntent(), Append("a"), Append("b"), Append("c")}) {
      ASSERT_THAT(table_.Commit(Always(intent)), IsOk());
    }
  }
  static std::string KeyOf(const std::string& name) { return std::string(kLocation) + "/metadata/" + name; }
  void Move(const std::string& from, const std::string& to) {
    ASSERT_OK_AND_ASSIGN(const std::string body, store_.Get(KeyOf(from)));
    ASSERT_THAT(store_.PutIfAbsent(KeyOf(to), body), IsOk());
    ASSERT_THAT(store_.Delete(KeyOf(from)), IsOk());
  }

  SystemClock clock_;
  SeededRandomness randomness_{3};
  store::MemoryStore store_;
  IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
};

TEST_F(MetadataLoaderTest, NoTableIsVersionMinusOne) {
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, format_.Load(store_, "silver/sales/none", nullptr));
  EXPECT_FALSE(snapshot->exists());
}

TEST_F(MetadataLoaderTest, GoingOnReadsOnlyWhatIsNew) {
  ScriptedStore counting(store_);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr known, format_.Load(counting, kLocation, nullptr));
  EXPECT_EQ(counting.reads, 5);  // metadata, manifest list, three manifests
  ASSERT_THAT(table_.Commit(Always(Append("d"))), IsOk());
  counting.reads = 0;
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr next, format_.Load(counting, kLocation, known));
  EXPECT_EQ(next->files.size(), 4U);
  EXPECT_EQ(counting.reads, 4);  // metadata, the probe behind it, manifest list, one manifest
  counting.reads = 0;
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr same, format_.Load(counting, kLocation, next));
  EXPECT_EQ(same, next);
  EXPECT_EQ(counting.reads, 1);
}

TEST_F(MetadataLoaderTest, EachVersionIsWhatItWas) {
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, format_.Load(store_, kLocation, nullptr));
  ASSERT_OK_AND_ASSIGN(const auto history, format_.History(store_, kLocation, newest));
  ASSERT_EQ(history.size(), 3U);
  for (size_t i = 0; i < history.size(); ++i) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, format_.LoadVersion(store_, kLocation, newest, history[i]));
    EXPECT_EQ(snapshot->snapshot_id, history[i]);
    EXPECT_EQ(snapshot->version, static_cast<int64_t>(i) + 2);
    EXPECT_EQ(snapshot->files.size(), i + 1);
  }
  EXPECT_THAT(format_.LoadVersion(store_, kLocation, newest, 5), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(MetadataLoaderTest, TheHintIsWrittenForOthersAndNeverTrusted) {
  ASSERT_THAT(table_.Maintain(), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string hint, store_.Get(KeyOf("version-hint.text")));
  EXPECT_EQ(hint, "4");
  ASSERT_THAT(store_.Delete(KeyOf("version-hint.text")), IsOk());
  ASSERT_THAT(store_.PutIfAbsent(KeyOf("version-hint.text"), "2"), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, format_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(snapshot->version, 4);
  ASSERT_THAT(table_.Maintain(), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string again, store_.Get(KeyOf("version-hint.text")));
  EXPECT_EQ(again, "4");
}

TEST_F(MetadataLoaderTest, MetadataThatACatalogNamedIsReadButNotWritten) {
  Move("v4.metadata.json", "00004-8f0c5c6d.metadata.json");
  Move("v3.metadata.json", "00003-11112222.metadata.json");
  Move("v2.metadata.json", "00002-33334444.metadata.json");
  Move("v1.metadata.json", "00001-55556666.metadata.json");
  Table foreign({.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, foreign.Load());
  EXPECT_EQ(snapshot->version, 4);
  EXPECT_EQ(snapshot->files.size(), 3U);
  const auto outcome = foreign.Commit(Always(Append("d")));
  ASSERT_THAT(outcome, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_NE(outcome.error().message.find("another catalog"), std::string::npos);
}

TEST_F(MetadataLoaderTest, TwoForeignFilesOfOneVersionAreNotGuessedAt) {
  ASSERT_OK_AND_ASSIGN(const std::string body, store_.Get(KeyOf("v4.metadata.json")));
  ASSERT_THAT(store_.PutIfAbsent(KeyOf("00007-a.metadata.json"), body), IsOk());
  ASSERT_THAT(store_.PutIfAbsent(KeyOf("00007-b.metadata.json"), body), IsOk());
  EXPECT_THAT(format_.Load(store_, kLocation, nullptr), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(MetadataLoaderTest, CompressedMetadataIsRead) {
  ASSERT_OK_AND_ASSIGN(const std::string body, store_.Get(KeyOf("v4.metadata.json")));
  ASSERT_OK_AND_ASSIGN(const std::string packed, codec::GzipCompress(body));
  ASSERT_THAT(store_.Delete(KeyOf("v4.metadata.json")), IsOk());
  ASSERT_THAT(store_.PutIfAbsent(KeyOf("v4.gz.metadata.json"), packed), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, format_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(snapshot->files.size(), 3U);
  ASSERT_THAT(store_.Delete(KeyOf("v4.gz.metadata.json")), IsOk());
  ASSERT_THAT(store_.PutIfAbsent(KeyOf("v4.gz.metadata.json"), packed.substr(0, packed.size() / 2)), IsOk());
  EXPECT_THAT(format_.Load(store_, kLocation, nullptr), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(MetadataLoaderTest, AMissingManifestIsNamed) {
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List(KeyOf("")));
  for (const auto& object : objects) {
    if (object.key.ends_with("-m0.avro")) {
      ASSERT_THAT(store_.Delete(object.key), IsOk());
    }
  }
  const auto snapshot = format_.Load(store_, kLocation, nullptr);
  ASSERT_THAT(snapshot, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_NE(snapshot.error().ToString().find("-m0.avro"), std::string::npos);
}

TEST_F(MetadataLoaderTest, ALakeThatWasCopiedElsewhereStillReads) {
  store::MemoryStore copy;
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List(""));
  for (const auto& object : objects) {
    ASSERT_OK_AND_ASSIGN(const std::string body, store_.Get(object.key));
    std::string key = object.key;
    key.replace(0, std::string("silver").size(), "moved");
    ASSERT_THAT(copy.PutIfAbsent(key, body), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, format_.Load(copy, "moved/sales/orders", nullptr));
  EXPECT_EQ(snapshot->files.size(), 3U);
}

}  // namespace
}  // namespace tarn::table::iceberg
