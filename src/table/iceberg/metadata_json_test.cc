// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/metadata_json.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/schema_json.h"
#include "table/iceberg/table_location.h"

namespace tarn::table::iceberg {
namespace {

// As another writer leaves it: members of its own, an unknown one in a snapshot, a tag, statistics.
constexpr std::string_view kForeign = R"json({
  "format-version": 2, "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": "s3://bucket/test/location/",
  "last-sequence-number": 34, "last-updated-ms": 1602638573590, "last-column-id": 3, "current-schema-id": 1,
  "schemas": [
    {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "x", "required": true, "type": "long"}]},
    {"type": "struct", "schema-id": 1, "identifier-field-ids": [1], "fields": [
      {"id": 1, "name": "x", "required": true, "type": "long", "doc": "the key"},
      {"id": 2, "name": "y", "required": false, "type": {"type": "list", "element-id": 3, "element": "decimal(9, 2)",
                           "element-required" : false
}
}]
}],
  "default-spec-id": 0,
  "partition-specs": [{"spec-id": 0, "fields": [
    {"name": "x_bucket", "transform": "bucket[16]", "source-id": 1, "field-id": 1000}]}],
  "last-partition-id": 1000, "default-sort-order-id": 3,
  "sort-orders": [{"order-id": 3, "fields": [
    {"transform": "identity", "source-id": 1, "direction": "asc", "null-order": "nulls-first"}]}],
  "properties": {"read.split.target.size": "134217728"}, "current-snapshot-id": 3055729675574597004,
  "snapshots": [
    {"snapshot-id": 3051729675574597004, "timestamp-ms": 1515100955770, "sequence-number": 0,
     "summary": {"operation": "append"}, "manifest-list": "s3://bucket/test/location/metadata/1.avro"},
    {"snapshot-id": 3055729675574597004, "parent-snapshot-id": 3051729675574597004, "timestamp-ms": 1555100955770,
     "sequence-number": 1, "summary": {"operation": "append", "added-records": "7"}, "schema-id": 1,
     "manifest-list": "s3://bucket/test/location/metadata/2.avro", "future": {"a": [1]}}],
  "snapshot-log": [{"snapshot-id": 3051729675574597004, "timestamp-ms": 1515100955770},
                   {"snapshot-id": 3055729675574597004, "timestamp-ms": 1555100955770}],
  "metadata-log": [{"metadata-file": "s3://bucket/test/location/metadata/00001-a.metadata.json", "timestamp-ms": 1}],
  "refs": {"main": {"snapshot-id": 3055729675574597004, "type": "branch"},
           "kept": {"snapshot-id": 3051729675574597004, "type": "tag", "max-ref-age-ms": 10}},
  "statistics": [{"snapshot-id": 3055729675574597004, "statistics-path": "s3://a/b.puffin", "blob-metadata": []}],
  "encryption-keys": [{"key-id": "5"}]
})json";

TableMetadata Decoded(std::string_view body) {
  auto metadata = DecodeMetadata(body);
  EXPECT_THAT(metadata, IsOk());
  return metadata ? *metadata : TableMetadata();
}

std::string Without(std::string_view name) {
  auto document = *codec::ParseOrderedJson(kForeign);
  document.erase(std::string(name));
  return codec::Dump(document);
}

TEST(MetadataJson, ReadsWhatTheSpecNames) {
  const TableMetadata metadata = Decoded(kForeign);
  EXPECT_EQ(metadata.format_version, 2);
  EXPECT_EQ(metadata.location, "s3://bucket/test/location");
  EXPECT_EQ(metadata.last_sequence_number, 34);
  EXPECT_EQ(metadata.current_schema_id, 1);
  ASSERT_EQ(metadata.schemas.size(), 2U);
  ASSERT_EQ(metadata.partition_specs.size(), 1U);
  EXPECT_EQ(metadata.partition_specs[0].fields[0],
            (PartitionField{.source_ids = {1}, .field_id = 1000, .name = "x_bucket", .transform = "bucket[16]"}));
  ASSERT_NE(metadata.CurrentSnapshot(), nullptr);
  EXPECT_EQ(metadata.CurrentSnapshot()->parent_id, 3051729675574597004);
  EXPECT_EQ(metadata.CurrentSnapshot()->summary.at("added-records"), "7");
  EXPECT_EQ(metadata.refs.at("kept").type, "tag");
  EXPECT_EQ(metadata.refs.at("kept").max_ref_age_ms, 10);
  EXPECT_EQ(metadata.statistics.at(0).snapshot_id, 3055729675574597004);
}

TEST(MetadataJson, WritesWhatItDoesNotUnderstandAsItWas) {
  const std::string written = EncodeMetadata(Decoded(kForeign));
  const auto before = *codec::ParseJson(kForeign);
  auto after = *codec::ParseJson(written);
  // The trailing slash of a location says nothing; an absent list and an empty one are the same.
  EXPECT_EQ(after["location"], "s3://bucket/test/location");
  after["location"] = before["location"];
  EXPECT_TRUE(after["partition-statistics"].empty());
  after.erase("partition-statistics");
  EXPECT_EQ(after, before);
}

TEST(MetadataJson, AMissingMemberIsNamed) {
  for (const auto* name : {"format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms",
                           "last-column-id", "schemas", "current-schema-id", "partition-specs", "default-spec-id"}) {
    const auto metadata = DecodeMetadata(Without(name));
    ASSERT_THAT(metadata, ErrorIs(ErrorCode::kCorrupt)) << name;
    EXPECT_NE(metadata.error().message.find(name), std::string::npos) << metadata.error().message;
  }
}

TEST(MetadataJson, BrokenDocumentsAreRefused) {
  EXPECT_THAT(DecodeMetadata("[]"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeMetadata("{"), ErrorIs(ErrorCode::kCorrupt));
  auto document = *codec::ParseOrderedJson(kForeign);
  document["current-snapshot-id"] = 5;
  EXPECT_THAT(DecodeMetadata(codec::Dump(document)), ErrorIs(ErrorCode::kCorrupt));
  document["current-snapshot-id"] = 18446744073709551615ULL;
  EXPECT_THAT(DecodeMetadata(codec::Dump(document)), ErrorIs(ErrorCode::kCorrupt));
  document["format-version"] = 4;
  EXPECT_THAT(DecodeMetadata(codec::Dump(document)), ErrorIs(ErrorCode::kUnsupported));
}

TEST(MetadataJson, ReadsTheFirstFormatVersion) {
  const TableMetadata metadata = Decoded(R"({
    "format-version": 1, "location": "/w/t", "last-updated-ms": 5, "last-column-id": 1,
    "schema": {"type": "struct", "fields": [{"id": 1, "name": "x", "required": true, "type": "int"}]},
    "partition-spec": [{"name": "x", "transform": "identity", "source-id": 1}], "properties": {},
    "current-snapshot-id": -1, "snapshots": [
      {"snapshot-id": 7, "timestamp-ms": 3, "manifests": ["/w/t/metadata/a.avro", "/w/t/metadata/b.avro"]}]})");
  EXPECT_EQ(metadata.schemas.at(0)->schema_id, 0);
  EXPECT_EQ(metadata.partition_specs.at(0).fields.at(0).field_id, 1000);
  EXPECT_EQ(metadata.last_partition_id, 1000);
  EXPECT_FALSE(metadata.current_snapshot_id);
  EXPECT_EQ(metadata.snapshots.at(0)->manifests.size(), 2U);
}

TEST(SchemaJson, NestedTypesComeBackWithTheirIds) {
  const Field element{.id = 3, .name = "element", .type = Decimal(9, 2), .nullable = true};
  const Field key{.id = 5, .name = "key", .type = Scalar(TypeKind::kString), .nullable = false};
  const Field value{.id = 6, .name = "value", .type = Scalar(TypeKind::kTimestamp), .nullable = false};
  DataType list = Scalar(TypeKind::kList);
  list.children = {element};
  DataType map = Scalar(TypeKind::kMap);
  map.children = {key, value};
  DataType row = Scalar(TypeKind::kStruct);
  row.children = {{.id = 8, .name = "j", .type = Scalar(TypeKind::kJson), .nullable = true}};
  const Schema schema{.fields = {{.id = 1, .name = "x", .type = Scalar(TypeKind::kInt64), .nullable = false},
                                 {.id = 2, .name = "y", .type = list, .nullable = true},
                                 {.id = 4, .name = "m", .type = map, .nullable = true},
                                 {.id = 7, .name = "s", .type = row, .nullable = true},
                                 {.id = 9, .name = "n", .type = Scalar(TypeKind::kTimestampNaive), .nullable = true}}};
  ASSERT_OK_AND_ASSIGN(const auto json, EncodeSchema(schema, 4, nullptr));
  EXPECT_EQ(json["schema-id"], 4);
  ASSERT_OK_AND_ASSIGN(const Schema again, DecodeSchema(json, JsonFieldsOf(schema)));
  EXPECT_EQ(again, schema);
}

TEST(SchemaJson, WhatAnotherWriterSaidOfAFieldStays) {
  const TableMetadata metadata = Decoded(kForeign);
  const codec::OrderedJson& before = metadata.FindSchema(1)->json;
  ASSERT_OK_AND_ASSIGN(Schema schema, DecodeSchema(before, {}));
  schema.fields[0].name = "renamed";
  ASSERT_OK_AND_ASSIGN(const auto json, EncodeSchema(schema, 2, &before));
  EXPECT_EQ(json["fields"][0]["doc"], "the key");
  EXPECT_EQ(json["fields"][0]["name"], "renamed");
  EXPECT_EQ(json["identifier-field-ids"], codec::OrderedJson::array({1}));
}

TEST(SchemaJson, TypesWeHaveNoWordForAreRefusedByName) {
  const auto of = [](const char* type) {
    return DecodeSchema(
        {{"type", "struct"}, {"fields", {{{"id", 1}, {"name", "x"}, {"required", false}, {"type", type}}}}}, {});
  };
  for (const auto* type : {"time", "uuid", "timestamp_ns", "variant", "geometry(srid:3857)", "unknown"}) {
    const auto schema = of(type);
    ASSERT_THAT(schema, ErrorIs(ErrorCode::kUnsupported)) << type;
    EXPECT_NE(schema.error().message.find(type), std::string::npos);
  }
  EXPECT_THAT(of("decimal(39, 2)"), ErrorIs(ErrorCode::kCorrupt));
  ASSERT_OK_AND_ASSIGN(const Schema fixed, of("fixed[16]"));
  EXPECT_EQ(fixed.fields[0].type, Scalar(TypeKind::kBinary));
}

TEST(SchemaJson, DefaultsOfColumnsAreValuesOfTheirTypes) {
  const codec::OrderedJson json = {
      {"type", "struct"},
      {"fields",
       {{{"id", 1}, {"name", "n"}, {"required", false}, {"type", "long"}, {"initial-default", 7}},
        {{"id", 2}, {"name", "s"}, {"required", false}, {"type", "string"}, {"write-default", "not read"}}}}};
  ASSERT_OK_AND_ASSIGN(const Schema schema, DecodeSchema(json, {}));
  ASSERT_OK_AND_ASSIGN(const auto defaults, DecodeDefaults(json, schema));
  EXPECT_EQ(defaults, (std::map<int32_t, Value>{{1, int64_t{7}}}));
}

TEST(SchemaJson, TwoColumnsOfOneNameAreRefused) {
  const Field one{.id = 1, .name = "a", .type = Scalar(TypeKind::kString), .nullable = true};
  Field two = one;
  two.id = 2;
  EXPECT_THAT(EncodeSchema({.fields = {one, two}}, 0, nullptr), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(MetadataNames, SeriesAndForeignNamesAreToldApart) {
  EXPECT_EQ(MetadataName(42), "metadata/v42.metadata.json");
  ASSERT_TRUE(ParseMetadataFileName("v42.metadata.json"));
  EXPECT_EQ(ParseMetadataFileName("v42.metadata.json")->version, 42);
  EXPECT_TRUE(ParseMetadataFileName("v42.metadata.json")->of_series);
  EXPECT_TRUE(ParseMetadataFileName("v42.gz.metadata.json")->gzip);
  const auto foreign = ParseMetadataFileName("00007-8f0c.metadata.json");
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->version, 7);
  EXPECT_FALSE(foreign->of_series);
  for (const auto* name : {"version-hint.text", "v.metadata.json", "v1x.metadata.json", "7.metadata.json",
                           "v-1.metadata.json", "snap-1-2-3.avro", "v99999999999999999999.metadata.json"}) {
    EXPECT_FALSE(ParseMetadataFileName(name)) << name;
  }
}

TEST(TableLocation, PathsAreBelowTheTableHoweverTheSchemeIsSpelled) {
  const TableLocation local("file:///lake/silver/t");
  EXPECT_EQ(local.UriOf("data/a.parquet"), "file:///lake/silver/t/data/a.parquet");
  for (const auto* uri : {"file:///lake/silver/t/data/a", "file:/lake/silver/t/data/a", "/lake/silver/t/data/a"}) {
    ASSERT_OK_AND_ASSIGN(const auto path, local.PathOf(uri));
    EXPECT_EQ(path, "data/a");
  }
  EXPECT_THAT(TableLocation("s3a://b/t").PathOf("s3://b/t/x"), IsOk());
  for (const auto* uri :
       {"file:///lake/silver/t2/a", "file:///lake/silver/t/../u/a", "s3://b/t/x", "file:///lake/silver/t/"}) {
    EXPECT_THAT(local.PathOf(uri), ErrorIs(ErrorCode::kUnsupported)) << uri;
  }
  EXPECT_EQ(UriOfRoot("/srv/lake/"), "file:///srv/lake");
  EXPECT_EQ(UriOfRoot("s3://bucket/prefix"), "s3://bucket/prefix");
}

}  // namespace
}  // namespace tarn::table::iceberg
