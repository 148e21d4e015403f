// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/manifest_avro.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/result_matchers.h"
#include "table/iceberg/manifest_testing.h"

namespace tarn::table::iceberg {
namespace {

const ManifestReader::Options kAll{.deleted_too = true, .metrics = true};

std::vector<PartitionColumn> AllColumns() {
  return {ColumnOf(1000, "bucket", "int"),
          ColumnOf(1001, "n", "long"),
          ColumnOf(1002, "day", "date"),
          ColumnOf(1003, "at", "timestamptz"),
          ColumnOf(1004, "naive", "timestamp"),
          ColumnOf(1005, "name", "string"),
          ColumnOf(1006, "price", "decimal(9,2)"),
          ColumnOf(1007, "u", "uuid"),
          ColumnOf(1008, "ok", "boolean"),
          ColumnOf(1009, "raw", "binary"),
          ColumnOf(1010, "f", "float"),
          ColumnOf(1011, "d", "double"),
          ColumnOf(1012, "fixed", "fixed[3]"),
          ColumnOf(1013, "time", "time"),
          ColumnOf(1014, "1 odd/name", "int")};
}

std::vector<Value> AllValues(int sign) {
  return {int64_t{5} * sign,
          int64_t{1} << 40,
          DateValue{17501 * sign},
          TimestampValue{.micros = 1'512'151'975'038'194, .utc = true},
          TimestampValue{.micros = -1, .utc = false},
          std::string(sign > 0 ? "\u00fcber" : "a"),
          DecimalValue{.unscaled = -1234 * sign, .precision = 9, .scale = 2},
          std::string("0123456789abcdef"),
          sign > 0,
          std::string("\0\xff", 2),
          0.5 * sign,
          sign > 0 ? std::nan("") : -2.25,
          std::string("abc"),
          int64_t{81'068'123'456},
          int64_t{-7}};
}

ManifestWriter::Options OptionsOf(int32_t format_version, ManifestContent content = ManifestContent::kData) {
  ManifestWriter::Options options;
  options.header.format_version = format_version;
  options.header.content = content;
  options.header.schema_id = 3;
  options.header.schema_json =
      R"({"type":"struct","schema-id":3,"fields":[{"id":1,"name":"id","required":true,"type":"long"}]})";
  options.header.partition_spec_id = 0;
  options.snapshot_id = kSnapshot;
  options.sequence = 9;
  options.sync = kSync;
  options.compression = codec::AvroCompression::kNull;
  return options;
}

ManifestEntry EntryOf(EntryStatus status, ContentFile file) {
  ManifestEntry entry;
  entry.status = status;
  entry.file = std::move(file);
  if (status != EntryStatus::kAdded) {
    entry.snapshot_id = 77;
    entry.sequence = 4;
    entry.file_sequence = 5;
  }
  return entry;
}

ContentFile MeasuredFile() {
  ContentFile file = FileOf("1.parquet", 100);
  file.columns = {{.field_id = 1,
                   .size_bytes = 40,
                   .value_count = 100,
                   .null_count = 0,
                   .nan_count = std::nullopt,
                   .lower = std::string("\1\0\0\0\0\0\0\0", 8),
                   .upper = std::string("d\0\0\0\0\0\0\0", 8)},
                  {.field_id = 2,
                   .size_bytes = 50,
                   .value_count = 100,
                   .null_count = 3,
                   .nan_count = std::nullopt,
                   .lower = "",
                   .upper = "zz"},
                  {.field_id = 10,
                   .size_bytes = std::nullopt,
                   .value_count = 100,
                   .null_count = std::nullopt,
                   .nan_count = 2,
                   .lower = std::nullopt,
                   .upper = std::nullopt}};
  file.split_offsets = {4, 1048576};
  file.sort_order_id = 0;
  return file;
}

Result<ManifestWriter::Written> Write(const ManifestWriter::Options& options, std::span<const ManifestEntry> entries) {
  TARN_ASSIGN(auto writer, ManifestWriter::Create(options));
  for (const ManifestEntry& entry : entries) TARN_TRY(writer.Append(entry));
  return writer.Finish();
}

TEST(ManifestAvro, PartitionedDataManifestIsTheGoldenFileAndReadsBack) {
  auto options = OptionsOf(2);
  options.partition_columns = AllColumns();
  options.header.partition_spec_id = 1;
  options.header.partition_fields_json =
      R"([{"source-id":1,"field-id":1000,"transform":"bucket[16]","name":"bucket"}])";
  std::vector<ManifestEntry> entries = {EntryOf(EntryStatus::kAdded, MeasuredFile()),
                                        EntryOf(EntryStatus::kExisting, FileOf("2.parquet", 200)),
                                        EntryOf(EntryStatus::kDeleted, FileOf("3.parquet", 300))};
  entries[0].file.partition = AllValues(1);
  entries[1].file.partition = AllValues(-1);
  entries[2].file.partition = std::vector<Value>(AllColumns().size());
  ASSERT_OK_AND_ASSIGN(const auto written, Write(options, entries));
  ExpectGolden(written.bytes, "tarn_v2_partitioned.avro");

  const ManifestFile& row = written.manifest;
  EXPECT_EQ(row.size_bytes, static_cast<int64_t>(written.bytes.size()));
  EXPECT_EQ(row.min_sequence, 4);
  EXPECT_EQ(row.added_rows, 100);
  EXPECT_EQ(row.existing_rows, 200);
  EXPECT_EQ(row.deleted_rows, 300);
  ASSERT_EQ(row.partitions.size(), 15U);
  EXPECT_EQ(row.partitions[0], (PartitionSummary{.contains_null = true,
                                                 .contains_nan = false,
                                                 .lower = std::string("\xfb\xff\xff\xff", 4),
                                                 .upper = std::string("\5\0\0\0", 4)}));
  EXPECT_EQ(row.partitions[5].upper, "\u00fcber");
  EXPECT_EQ(row.partitions[11].contains_nan, true);
  EXPECT_EQ(row.partitions[11].lower, row.partitions[11].upper) << "NaN is no bound";

  ASSERT_OK_AND_ASSIGN(const auto read, EntriesOf(written.bytes, RowOf("m"), kAll));
  ASSERT_EQ(read.size(), 3U);
  entries[0].snapshot_id = kSnapshot;
  entries[0].sequence = entries[0].file_sequence = 9;
  EXPECT_TRUE(std::isnan(std::get<double>(read[0].file.partition[11])));
  for (size_t i = 0; i < 3; ++i) {
    auto want = entries[i];
    auto got = read[i];
    if (i == 0) want.file.partition[11] = got.file.partition[11] = Value();
    EXPECT_EQ(got, want) << i;
  }
  ASSERT_OK_AND_ASSIGN(const auto reader, ManifestReader::Open(written.bytes, RowOf("m")));
  EXPECT_EQ(reader.partition_columns(), AllColumns());
  EXPECT_EQ(reader.header().schema_json, options.header.schema_json);
  EXPECT_EQ(reader.header().partition_fields_json, options.header.partition_fields_json);
}

TEST(ManifestAvro, DataManifestOfV3InheritsRowIds) {
  auto options = OptionsOf(3);
  options.header.content = ManifestContent::kData;
  std::vector<ManifestEntry> entries = {
      EntryOf(EntryStatus::kExisting, FileOf("1.parquet", 25)), EntryOf(EntryStatus::kDeleted, FileOf("2.parquet", 7)),
      EntryOf(EntryStatus::kAdded, FileOf("3.parquet", 50)), EntryOf(EntryStatus::kAdded, FileOf("4.parquet", 50))};
  entries[0].file.first_row_id = 800;
  ASSERT_OK_AND_ASSIGN(const auto written, Write(options, entries));
  ExpectGolden(written.bytes, "tarn_v3_data.avro");
  ManifestFile row = RowOf("m");
  row.first_row_id = 1000;
  ASSERT_OK_AND_ASSIGN(const auto read, EntriesOf(written.bytes, row));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].file.first_row_id, 800);
  EXPECT_EQ(read[1].file.first_row_id, 1000);
  EXPECT_EQ(read[2].file.first_row_id, 1050);
  ASSERT_OK_AND_ASSIGN(const auto unassigned, EntriesOf(written.bytes, RowOf("m")));
  EXPECT_EQ(unassigned[1].file.first_row_id, std::nullopt);
}

TEST(ManifestAvro, PartitionsByNanosecondsReadBack) {
  auto options = OptionsOf(3);
  options.partition_columns = {ColumnOf(1000, "at", "timestamp_ns"), ColumnOf(1001, "utc", "timestamptz_ns")};
  auto entry = EntryOf(EntryStatus::kAdded, FileOf("1.parquet", 1));
  entry.file.partition = {int64_t{1'510'871'468'123'456'789}, int64_t{-1}};
  ASSERT_OK_AND_ASSIGN(const auto written, Write(options, std::span(&entry, 1)));
  ASSERT_OK_AND_ASSIGN(const auto read, EntriesOf(written.bytes, RowOf("m")));
  EXPECT_EQ(read.at(0).file.partition, entry.file.partition);
  ASSERT_OK_AND_ASSIGN(const auto reader, ManifestReader::Open(written.bytes, RowOf("m")));
  EXPECT_EQ(reader.partition_columns(), options.partition_columns);
}

std::vector<ManifestEntry> Deletes(bool with_vector) {
  std::vector<ManifestEntry> entries = {EntryOf(EntryStatus::kAdded, FileOf("p.parquet", 3)),
                                        EntryOf(EntryStatus::kAdded, FileOf("e.parquet", 4))};
  entries[0].file.content = FileContent::kPositionDeletes;
  entries[0].file.referenced_data_file = "s3://bucket/t/data/1.parquet";
  entries[1].file.content = FileContent::kEqualityDeletes;
  entries[1].file.equality_ids = {1, 3};
  entries[1].sequence = 2;
  if (with_vector) {
    entries.push_back(EntryOf(EntryStatus::kAdded, FileOf("dv.puffin", 5)));
    ContentFile& vector = entries.back().file;
    vector.content = FileContent::kPositionDeletes;
    vector.format = "PUFFIN";
    vector.referenced_data_file = "s3://bucket/t/data/2.parquet";
    vector.content_offset = 4;
    vector.content_size_bytes = 46;
    vector.key_metadata = "key";
  }
  return entries;
}

TEST(ManifestAvro, DeleteManifestsAreTheGoldenFilesAndReadBack) {
  for (const int32_t version : {2, 3}) {
    auto entries = Deletes(version == 3);
    ASSERT_OK_AND_ASSIGN(const auto written, Write(OptionsOf(version, ManifestContent::kDeletes), entries));
    ExpectGolden(written.bytes, "tarn_v" + std::to_string(version) + "_deletes.avro");
    EXPECT_EQ(written.manifest.min_sequence, 2);
    EXPECT_EQ(written.manifest.content, ManifestContent::kDeletes);
    ManifestFile row = RowOf("m");
    row.first_row_id = 5;  // never given to delete files
    ASSERT_OK_AND_ASSIGN(const auto read, EntriesOf(written.bytes, row));
    for (ManifestEntry& entry : entries) {
      entry.snapshot_id = kSnapshot;
      entry.sequence = entry.sequence.value_or(9);
      entry.file_sequence = 9;
    }
    EXPECT_EQ(read, entries);
  }
}

TEST(ManifestAvro, ManifestsOfPyicebergAreRead) {
  for (const int version : {1, 2}) {
    const std::string bytes = ReadGolden("pyiceberg_v" + std::to_string(version) + ".avro");
    ASSERT_OK_AND_ASSIGN(const auto reader, ManifestReader::Open(bytes, RowOf("m")));
    EXPECT_EQ(reader.header().format_version, version);
    EXPECT_EQ(reader.header().partition_spec_id, 1);
    EXPECT_EQ(reader.partition_columns()[6], ColumnOf(1006, "price", "decimal(9,2)"));
    ASSERT_OK_AND_ASSIGN(const auto read, EntriesOf(bytes, RowOf("m"), kAll));
    ASSERT_EQ(read.size(), 3U);
    const ContentFile& file = read[0].file;
    ContentFile want = MeasuredFile();
    want.size_bytes = 1000;
    want.partition = {int64_t{5},
                      std::string("iceb"),
                      int64_t{420'000},
                      DateValue{17'500},
                      int64_t{47},
                      DateValue{17'501},
                      DecimalValue{.unscaled = -1234, .precision = 9, .scale = 2},
                      std::string("\xf7\x9c\x3e\x09\x67\x7c\x4b\xbd\xa4\x79\x3f\x34\x9c\xb7\x85\xe7"),
                      true,
                      std::string("\0\xff", 2),
                      0.5,
                      -2.25,
                      TimestampValue{.micros = 1'512'151'975'038'194, .utc = false},
                      int64_t{-7}};
    want.columns.push_back({.field_id = 12,
                            .size_bytes = 60,
                            .value_count = std::nullopt,
                            .null_count = std::nullopt,
                            .nan_count = std::nullopt,
                            .lower = std::nullopt,
                            .upper = std::nullopt});
    want.columns[1].upper = "zz";
    EXPECT_EQ(file, want);
    EXPECT_EQ(read[0].sequence, version == 1 ? 0 : 9);
    EXPECT_EQ(read[1].sequence, version == 1 ? 0 : 4);
    EXPECT_EQ(read[1].file_sequence, version == 1 ? 0 : 5);
    EXPECT_EQ(read[1].status, EntryStatus::kExisting);
    EXPECT_EQ(read[1].snapshot_id, 77);
    EXPECT_EQ(read[1].file.partition, std::vector<Value>(14));
    EXPECT_EQ(read[2].status, EntryStatus::kDeleted);
  }
}

TEST(ManifestAvro, OtherOrderUnknownFieldsAndUnsortedMetricsAreRead) {
  ASSERT_OK_AND_ASSIGN(const auto read, EntriesOf(ReadGolden("fastavro_v3_deletes.avro"), RowOf("m")));
  ASSERT_EQ(read.size(), 1U);
  const ContentFile& file = read[0].file;
  EXPECT_EQ(file.path, "s3://bucket/t/data/dv.puffin");
  EXPECT_EQ(file.referenced_data_file, "s3://bucket/t/data/1.parquet");
  EXPECT_EQ(file.content_offset, 4);
  EXPECT_EQ(file.content_size_bytes, 46);
  EXPECT_EQ(file.record_count, 4);
  ASSERT_EQ(file.columns.size(), 2U);
  EXPECT_EQ(file.columns[0].field_id, 1);
  EXPECT_EQ(file.columns[0].lower, "a");
  EXPECT_EQ(file.columns[1].lower, "c");
  ASSERT_OK_AND_ASSIGN(const auto reader, ManifestReader::Open(ReadGolden("fastavro_v3_deletes.avro"), RowOf("m")));
  EXPECT_EQ(reader.partition_columns().at(0).name, "-1");
}

TEST(ManifestAvro, DeletedEntriesAndMetricsAreLeftOutUnlessAskedFor) {
  const std::string bytes = ReadGolden("pyiceberg_v2_plain.avro");
  ASSERT_OK_AND_ASSIGN(const auto live, EntriesOf(bytes, RowOf("m"), {.deleted_too = false, .metrics = false}));
  ASSERT_EQ(live.size(), 2U);
  EXPECT_TRUE(live[0].file.columns.empty());
  EXPECT_TRUE(live[0].file.split_offsets.empty());
  EXPECT_EQ(live[0].file.record_count, 100);
}

TEST(ManifestAvro, EntriesThatDoNotBelongAreRefused) {
  const auto refused = [](const ManifestWriter::Options& options, ManifestEntry entry) {
    EXPECT_THAT(Write(options, std::span(&entry, 1)), ErrorIs(ErrorCode::kInvalidArgument));
  };
  refused(OptionsOf(2, ManifestContent::kDeletes), EntryOf(EntryStatus::kAdded, FileOf("1.parquet", 1)));
  refused(OptionsOf(2), Deletes(false)[0]);
  refused(OptionsOf(2, ManifestContent::kDeletes), Deletes(true)[2]);
  auto existing = EntryOf(EntryStatus::kExisting, FileOf("1.parquet", 1));
  existing.sequence.reset();
  refused(OptionsOf(2), existing);
  existing = EntryOf(EntryStatus::kExisting, FileOf("1.parquet", 1));
  existing.snapshot_id.reset();
  refused(OptionsOf(2), existing);
  auto equality = Deletes(false)[1];
  equality.file.equality_ids.clear();
  refused(OptionsOf(2, ManifestContent::kDeletes), equality);
  auto partitioned = OptionsOf(2);
  partitioned.partition_columns = {ColumnOf(1000, "n", "int")};
  refused(partitioned, EntryOf(EntryStatus::kAdded, FileOf("1.parquet", 1)));
  auto wrong = EntryOf(EntryStatus::kAdded, FileOf("1.parquet", 1));
  wrong.file.partition = {Value(true)};
  refused(partitioned, wrong);
  EXPECT_THAT(ManifestWriter::Create(OptionsOf(1)), ErrorIs(ErrorCode::kUnsupported));
}

TEST(ManifestAvro, DamagedManifestsAreCorruptAndNamed) {
  const std::string bytes = ReadGolden("tarn_v2_partitioned.avro");
  const auto cut = EntriesOf(std::string_view(bytes).substr(0, bytes.size() - 40), RowOf("t/metadata/m.avro"));
  ASSERT_THAT(cut, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_NE(cut.error().context.find("manifest t/metadata/m.avro"), std::string::npos);
  EXPECT_THAT(EntriesOf(ReadGolden("pyiceberg_v2_list.avro"), RowOf("m")), ErrorIs(ErrorCode::kCorrupt));
}

TEST(ManifestAvro, FlippedBytesNeverBreakTheReader) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice(seed);
  const std::string bytes = ReadGolden("tarn_v2_partitioned.avro");
  for (int round = 0; round < 500; ++round) {
    std::string bad = bytes;
    for (int i = 0; i < 3; ++i) bad[dice() % bad.size()] = static_cast<char>(dice());
    (void)EntriesOf(bad, RowOf("m"), kAll);
  }
}

}  // namespace
}  // namespace tarn::table::iceberg
