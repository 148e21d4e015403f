// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/manifest_list_avro.h"

#include <gtest/gtest.h>

#include <random>

#include "base/result_matchers.h"
#include "table/iceberg/manifest_testing.h"

namespace tarn::table::iceberg {
namespace {

ManifestFile FullRow() {
  ManifestFile row = RowOf("s3://bucket/t/metadata/m1.avro");
  row.size_bytes = 4321;
  row.partition_spec_id = 1;
  row.min_sequence = 4;
  row.added_files = 1;
  row.existing_files = 2;
  row.deleted_files = 3;
  row.added_rows = 100;
  row.existing_rows = 200;
  row.deleted_rows = 300;
  row.partitions = {
      {.contains_null = true,
       .contains_nan = false,
       .lower = std::string("\5\0\0\0", 4),
       .upper = std::string("\6\0\0\0", 4)},
      {.contains_null = false, .contains_nan = std::nullopt, .lower = std::nullopt, .upper = std::nullopt}};
  return row;
}

ManifestListHeader HeaderOf(int32_t format_version) {
  ManifestListHeader header;
  header.format_version = format_version;
  header.snapshot_id = kSnapshot;
  header.parent_snapshot_id = 77;
  header.sequence_number = 9;
  header.sync = kSync;
  return header;
}

// The compression of a list is deflate: its bytes are zlib's, so the golden file is compared by content.
TEST(ManifestListAvro, RowsReadBackAndTheGoldenFileSaysTheSame) {
  for (const int32_t version : {2, 3}) {
    std::vector<ManifestFile> rows = {FullRow(), FullRow()};
    rows[1].content = ManifestContent::kDeletes;
    rows[1].partitions.clear();
    rows[1].key_metadata = "key";
    if (version == 3) rows[0].first_row_id = 1000;
    ASSERT_OK_AND_ASSIGN(const std::string bytes, EncodeManifestList(HeaderOf(version), rows));
    EXPECT_EQ(DecodeManifestList(bytes).value(), rows);
    const std::string name = "tarn_v" + std::to_string(version) + "_list.avro";
    const auto golden = DecodeManifestList(ReadGolden(name));
    if (!golden || *golden != rows) ExpectGolden(bytes, name);
  }
}

TEST(ManifestListAvro, ListsOfPyicebergAreRead) {
  for (const int version : {1, 2}) {
    ASSERT_OK_AND_ASSIGN(const auto rows,
                         DecodeManifestList(ReadGolden("pyiceberg_v" + std::to_string(version) + "_list.avro")));
    ASSERT_EQ(rows.size(), 1U);
    const ManifestFile& row = rows[0];
    EXPECT_EQ(row.path, "s3://bucket/t/metadata/pyiceberg_v" + std::to_string(version) + ".avro");
    EXPECT_EQ(row.partition_spec_id, 1);
    EXPECT_EQ(row.content, ManifestContent::kData);
    EXPECT_EQ(row.sequence, version == 1 ? 0 : 9);
    EXPECT_EQ(row.min_sequence, version == 1 ? 0 : 4);
    EXPECT_EQ(row.added_snapshot_id, kSnapshot);
    EXPECT_EQ(row.existing_rows, 200);
    ASSERT_EQ(row.partitions.size(), 14U);
    EXPECT_TRUE(row.partitions[0].contains_null);
    EXPECT_EQ(row.partitions[1].lower, "iceb");
  }
}

TEST(ManifestListAvro, RowsThatLackWhatTheVersionNeedsAreRefused) {
  ManifestFile row = FullRow();
  row.added_rows.reset();
  EXPECT_THAT(EncodeManifestList(HeaderOf(2), std::span(&row, 1)), ErrorIs(ErrorCode::kInvalidArgument));
  row = FullRow();
  EXPECT_THAT(EncodeManifestList(HeaderOf(3), std::span(&row, 1)), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeManifestList(HeaderOf(1), std::span(&row, 1)), ErrorIs(ErrorCode::kUnsupported));
}

TEST(ManifestListAvro, OtherAvroFilesAreCorrupt) {
  const auto rows = DecodeManifestList(ReadGolden("pyiceberg_v2.avro"));
  ASSERT_THAT(rows, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_EQ(rows.error().message, "damaged Iceberg manifest list: field 500 is missing");
}

TEST(ManifestListAvro, FlippedBytesNeverBreakTheReader) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice(seed);
  const std::string bytes = ReadGolden("pyiceberg_v2_list.avro");
  for (int round = 0; round < 500; ++round) {
    std::string bad = bytes;
    for (int i = 0; i < 3; ++i) bad[dice() % bad.size()] = static_cast<char>(dice());
    (void)DecodeManifestList(bad);
  }
}

}  // namespace
}  // namespace tarn::table::iceberg
