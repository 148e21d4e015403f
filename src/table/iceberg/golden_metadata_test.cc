// SPDX-License-Identifier: Apache-2.0
// Table metadata as it is on disk: what a commit writes is the golden file, and the golden file reads.
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"
#include "table/iceberg/manifest_testing.h"
#include "table/iceberg/metadata_json.h"

namespace tarn::table::iceberg {
namespace {

/// The metadata after a table of `format_version` was created, filled, evolved and merged.
std::string MetadataOfLife(const std::string& format_version) {
  SystemClock clock;
  SystemRandomness randomness;
  store::MemoryStore store;
  IcebergFormat format({.writer_version = "0.1.0", .root = "s3://bucket/lake", .parquet = nullptr});
  Table table({.store = store, .format = format, .clock = clock, .randomness = randomness}, kLocation);
  CommitIntent create = CreateIntent();
  create.properties = {{"format-version", format_version}, {"owner", "sales"}};
  CommitIntent merge = IntentOf("MERGE");
  merge.remove = {"data/a.parquet"};
  merge.add = {DataFileOf("c", 4)};
  merge.schema = OrdersSchema();
  merge.schema->fields.push_back(FieldOf(6, "late", Scalar(TypeKind::kDate)));
  merge.transactions = {{"tarn-bronze", 3}, {"tarn-side", 77}};
  int number = 0;
  for (CommitIntent intent : {create, Append("a", 3), Append("b", 10), merge}) {
    intent.commit_id = "3f0c9f6e-5c1d-4f5e-9a55-1f0a6d7b2c0" + std::to_string(number++);
    const auto named = [&intent](const SnapshotPtr&) -> Result<std::optional<CommitIntent>> { return intent; };
    EXPECT_THAT(table.Commit(named), IsOk());
  }
  const auto body = store.Get(std::string(kLocation) + "/metadata/v4.metadata.json");
  EXPECT_THAT(body, IsOk());
  return *body;
}

TEST(GoldenMetadata, CommitsWriteTheGoldenFiles) {
  ExpectGolden(MetadataOfLife("2"), "tarn_v2.metadata.json");
  ExpectGolden(MetadataOfLife("3"), "tarn_v3.metadata.json");
}

TEST(GoldenMetadata, GoldenFilesReadAndComeBackAsTheyWere) {
  for (const auto* name : {"tarn_v2.metadata.json", "tarn_v3.metadata.json"}) {
    const std::string body = ReadGolden(name);
    ASSERT_OK_AND_ASSIGN(const TableMetadata metadata, DecodeMetadata(body));
    EXPECT_EQ(metadata.snapshots.size(), 3U);
    EXPECT_EQ(metadata.current_schema_id, 1);
    EXPECT_EQ(EncodeMetadata(metadata), body);
  }
}

}  // namespace
}  // namespace tarn::table::iceberg
