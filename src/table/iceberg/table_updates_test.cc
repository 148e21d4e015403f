// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/table_updates.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "table/iceberg/metadata_json.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

constexpr Timestamp kNow{1'767'225'600'123'456};
constexpr const char* kUri = "file:///lake/t/metadata/v1.metadata.json";

OrderedJson Json(std::string_view text) {
  auto json = codec::ParseOrderedJson(text);
  EXPECT_THAT(json, IsOk()) << text;
  return json ? *json : OrderedJson();
}

NewTable TableOf(const std::string& format_version = "2") {
  NewTable table;
  table.schema = Json(R"({"type":"struct","identifier-field-ids":[7],"fields":[
      {"id":7,"name":"id","required":true,"type":"long"},
      {"id":9,"name":"place","required":false,"type":{"type":"struct","fields":[
        {"id":3,"name":"x","required":false,"type":"double"}]}},
      {"id":4,"name":"tags","required":false,"type":{"type":"list","element-id":5,"element":"string","element-required":true}},
      {"id":11,"name":"day","required":false,"type":"date"}]})");
  table.partition_spec = Json(R"({"fields":[{"source-id":11,"field-id":1003,"name":"day_m","transform":"month"}]})");
  table.sort_order =
      Json(R"({"fields":[{"source-id":7,"transform":"identity","direction":"asc","null-order":"nulls-first"}]})");
  table.properties = {{"format-version", format_version}, {"owner", "me"}};
  table.location = "file:///lake/t/";
  table.uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  return table;
}

TableMetadata Made(const std::string& format_version = "2") {
  auto made = MakeNewMetadata(TableOf(format_version), kNow);
  EXPECT_THAT(made, IsOk());
  return made ? *made : TableMetadata();
}

Result<TableMetadata> Applied(const TableMetadata& base, std::string_view updates) {
  MetadataBuilder builder(base, kUri, kNow);
  TARN_TRY(ApplyUpdates(Json(updates), builder));
  return std::move(builder).Finish();
}

std::string Snapshot(int64_t id, int64_t sequence, const std::string& more = "") {
  return R"({"action":"add-snapshot","snapshot":{"snapshot-id":)" + std::to_string(id) + R"(,"sequence-number":)" +
         std::to_string(sequence) + R"(,"timestamp-ms":1767225600999,"manifest-list":"file:///lake/t/l.avro",)" +
         R"("summary":{"operation":"append"})" + more + "}}";
}

std::string MainTo(int64_t id) {
  return R"({"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":)" + std::to_string(id) + "}";
}

TEST(NewTables, ColumnsGetIdsOfTheirOwnLevelByLevelAndTheRestFollowsThem) {
  const TableMetadata made = Made();
  EXPECT_EQ(codec::Json(made.schemas.at(0)->json),
            codec::Json(Json(R"({"schema-id":0,"type":"struct","identifier-field-ids":[1],
      "fields":[{"id":1,"name":"id","required":true,"type":"long"},
      {"id":2,"name":"place","required":false,"type":{"type":"struct","fields":[
        {"id":5,"name":"x","required":false,"type":"double"}]}},
      {"id":3,"name":"tags","required":false,"type":{"type":"list","element-id":6,"element":"string","element-required":true}},
      {"id":4,"name":"day","required":false,"type":"date"}]})")));
  EXPECT_EQ(made.last_column_id, 6);
  ASSERT_EQ(made.partition_specs.size(), 1U);
  EXPECT_EQ(made.partition_specs[0].fields.at(0).source_ids, std::vector<int32_t>{4});
  EXPECT_EQ(made.partition_specs[0].fields.at(0).field_id, 1000);
  EXPECT_EQ(made.last_partition_id, 1000);
  EXPECT_EQ(made.default_sort_order_id, 1);
  EXPECT_EQ(made.sort_orders.at(0).json["fields"][0]["source-id"], 1);
  EXPECT_EQ(made.properties, (StringMap{{"owner", "me"}}));
  EXPECT_EQ(made.location, "file:///lake/t");
  EXPECT_EQ(made.format_version, 2);
}

TEST(NewTables, EveryFormatVersionReadsBackAsItWasMade) {
  for (const char* version : {"1", "2", "3"}) {
    const TableMetadata made = Made(version);
    ASSERT_OK_AND_ASSIGN(const TableMetadata read, DecodeMetadata(EncodeMetadata(made)));
    EXPECT_EQ(EncodeMetadata(read), EncodeMetadata(made)) << version;
    EXPECT_EQ(read.next_row_id.has_value(), std::string(version) == "3");
  }
  auto table = TableOf("4");
  EXPECT_THAT(MakeNewMetadata(table, kNow), ErrorIs(ErrorCode::kUnsupported));
}

TEST(NewTables, SchemasThatAreNoneAreRefused) {
  for (const char* schema :
       {"{}", "[]", R"({"type":"struct","fields":[{"name":"a","type":"int"}]})",
        R"({"type":"struct","fields":[{"id":1,"name":"a","type":{"type":"bag"}}]})",
        R"({"type":"struct","fields":[{"id":1,"name":"a","type":"int"},{"id":1,"name":"b","type":"int"}]})",
        R"({"type":"struct","identifier-field-ids":[2],"fields":[{"id":1,"name":"a","type":"int"}]})"}) {
    NewTable table = TableOf();
    table.partition_spec = table.sort_order = nullptr;
    table.schema = Json(schema);
    EXPECT_THAT(MakeNewMetadata(table, kNow), ErrorIs(ErrorCode::kInvalidArgument)) << schema;
  }
}

TEST(Updates, SchemaThatIsThereAlreadyKeepsItsId) {
  const TableMetadata base = Made();
  const std::string first = codec::Dump(base.schemas.at(0)->json);
  const std::string second =
      R"({"type":"struct","schema-id":40,"fields":[{"id":1,"name":"id","required":true,"type":"long"},)"
      R"({"id":4,"name":"day","required":false,"type":"date"},{"id":7,"name":"more","required":false,"type":"int"}]})";
  ASSERT_OK_AND_ASSIGN(const TableMetadata changed,
                       Applied(base, R"([{"action":"add-schema","schema":)" + second +
                                         R"(},{"action":"set-current-schema","schema-id":-1}])"));
  EXPECT_EQ(changed.current_schema_id, 1);
  EXPECT_EQ(changed.last_column_id, 7);
  ASSERT_OK_AND_ASSIGN(const TableMetadata back,
                       Applied(changed, R"([{"action":"add-schema","schema":)" + first +
                                            R"(},{"action":"set-current-schema","schema-id":-1}])"));
  EXPECT_EQ(back.current_schema_id, 0);
  EXPECT_EQ(back.schemas.size(), 2U);
  ASSERT_OK_AND_ASSIGN(const TableMetadata fewer, Applied(back, R"([{"action":"remove-schemas","schema-ids":[1]}])"));
  EXPECT_EQ(fewer.schemas.size(), 1U);
  EXPECT_THAT(Applied(back, R"([{"action":"remove-schemas","schema-ids":[0]}])"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(Updates, ColumnOfTheDefaultPartitionCannotGo) {
  EXPECT_THAT(Applied(Made(), R"([{"action":"add-schema","schema":{"type":"struct","fields":[
      {"id":1,"name":"id","required":true,"type":"long"}]}},{"action":"set-current-schema","schema-id":-1}])"),
              ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(Updates, SnapshotBecomesMainAndHistory) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata one, Applied(Made(), "[" + Snapshot(5, 1) + "," + MainTo(5) + "]"));
  EXPECT_EQ(one.current_snapshot_id, 5);
  EXPECT_EQ(one.last_sequence_number, 1);
  EXPECT_EQ(one.last_updated_ms, 1767225600999);
  ASSERT_EQ(one.metadata_log.size(), 1U);
  EXPECT_EQ(one.metadata_log[0].metadata_file, kUri);
  // Two steps in one commit leave the last in the history.
  ASSERT_OK_AND_ASSIGN(const TableMetadata three,
                       Applied(one, "[" + Snapshot(6, 2, R"(,"parent-snapshot-id":5)") + "," + MainTo(6) + "," +
                                        Snapshot(7, 3, R"(,"parent-snapshot-id":6)") + "," + MainTo(7) + "]"));
  ASSERT_EQ(three.snapshot_log.size(), 2U);
  EXPECT_EQ(three.snapshot_log[1].snapshot_id, 7);
  EXPECT_EQ(three.snapshots.size(), 3U);
  // A gap ends the history before it.
  ASSERT_OK_AND_ASSIGN(const TableMetadata fewer,
                       Applied(three, R"([{"action":"remove-snapshots","snapshot-ids":[5]}])"));
  EXPECT_EQ(fewer.snapshot_log.size(), 1U);
  EXPECT_EQ(fewer.snapshots.size(), 2U);
  EXPECT_EQ(fewer.current_snapshot_id, 7);
}

TEST(Updates, SnapshotBuiltOnAnOlderVersionIsAConflict) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata base, Applied(Made(), "[" + Snapshot(5, 1) + "," + MainTo(5) + "]"));
  EXPECT_THAT(Applied(base, "[" + Snapshot(6, 1, R"(,"parent-snapshot-id":5)") + "]"), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(Applied(base, "[" + Snapshot(5, 2) + "]"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Applied(base, "[" + MainTo(99) + "]"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(Updates, RowIdsOfVersionThreeAreGivenOnce) {
  const TableMetadata base = Made("3");
  EXPECT_THAT(Applied(base, "[" + Snapshot(5, 1) + "]"), ErrorIs(ErrorCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const TableMetadata one,
                       Applied(base, "[" + Snapshot(5, 1, R"(,"first-row-id":0,"added-rows":10)") + "]"));
  EXPECT_EQ(one.next_row_id, 10);
  EXPECT_THAT(Applied(one, "[" + Snapshot(6, 2, R"(,"first-row-id":5,"added-rows":10)") + "]"),
              ErrorIs(ErrorCode::kConflict));
}

TEST(Updates, PartitionsOrdersPropertiesAndStatistics) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata base, Applied(Made(), "[" + Snapshot(5, 1) + "," + MainTo(5) + "]"));
  ASSERT_OK_AND_ASSIGN(
      const TableMetadata changed,
      Applied(base, R"([{"action":"add-spec","spec":{"fields":[{"source-id":1,"name":"b","transform":"bucket[4]"}]}},
        {"action":"set-default-spec","spec-id":-1},
        {"action":"add-sort-order","sort-order":{"order-id":9,"fields":[]}},
        {"action":"set-default-sort-order","sort-order-id":-1},
        {"action":"set-properties","updates":{"a":"1","b":"2"}},{"action":"remove-properties","removals":["owner","x"]},
        {"action":"set-statistics","statistics":{"snapshot-id":5,"statistics-path":"p"}},
        {"action":"set-snapshot-ref","ref-name":"t","type":"tag","snapshot-id":5,"max-ref-age-ms":7}])"));
  EXPECT_EQ(changed.default_spec_id, 1);
  EXPECT_EQ(changed.last_partition_id, 1001);
  EXPECT_EQ(changed.default_sort_order_id, 0);
  EXPECT_EQ(changed.properties, (StringMap{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(changed.statistics.size(), 1U);
  EXPECT_EQ(changed.refs.at("t").max_ref_age_ms, 7);
  ASSERT_OK_AND_ASSIGN(const TableMetadata back, Applied(changed, R"([{"action":"set-default-spec","spec-id":0},
        {"action":"remove-partition-specs","spec-ids":[1]},{"action":"remove-statistics","snapshot-id":5},
        {"action":"remove-snapshot-ref","ref-name":"t"}])"));
  EXPECT_EQ(back.partition_specs.size(), 1U);
  EXPECT_TRUE(back.statistics.empty());
  EXPECT_FALSE(back.refs.contains("t"));
}

TEST(Updates, WhatIsNoUpdateIsTheRequestsFault) {
  const TableMetadata base = Made();
  for (const char* updates :
       {"{}", "[1]", R"([{"no":"action"}])", R"([{"action":"set-current-schema"}])",
        R"([{"action":"set-current-schema","schema-id":7}])", R"([{"action":"set-current-schema","schema-id":-1}])",
        R"([{"action":"assign-uuid","uuid":"another"}])", R"([{"action":"upgrade-format-version","format-version":1}])",
        R"([{"action":"set-location","location":"/"}, {"action":"set-location","location":""}])",
        R"([{"action":"add-snapshot","snapshot":{"snapshot-id":"five"}}])",
        R"([{"action":"set-properties","updates":{"a":1}}])"}) {
    EXPECT_THAT(Applied(base, updates), ErrorIs(ErrorCode::kInvalidArgument)) << updates;
  }
  EXPECT_THAT(Applied(base, R"([{"action":"add-encryption-key"}])"), ErrorIs(ErrorCode::kUnsupported));
}

TEST(Updates, TableOfNothingGetsWhatItNeedsOrIsRefused) {
  MetadataBuilder none(kNow);
  EXPECT_THAT(std::move(none).Finish(), ErrorIs(ErrorCode::kInvalidArgument));
  MetadataBuilder builder(kNow);
  ASSERT_THAT(ApplyUpdates(Json(R"([{"action":"assign-uuid","uuid":"u"},
      {"action":"upgrade-format-version","format-version":3},{"action":"set-location","location":"file:///x/t"},
      {"action":"add-schema","schema":{"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":"uuid"}]}},
      {"action":"set-current-schema","schema-id":-1}])"),
                           builder),
              IsOk());
  ASSERT_OK_AND_ASSIGN(const TableMetadata made, std::move(builder).Finish());
  EXPECT_EQ(made.format_version, 3);
  EXPECT_TRUE(made.metadata_log.empty());
  EXPECT_TRUE(made.FindSpec(made.default_spec_id)->is_unpartitioned());
  EXPECT_EQ(made.default_sort_order_id, 0);
}

TEST(Requirements, HoldOrSayWhatDoesNot) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata base, Applied(Made(), "[" + Snapshot(5, 1) + "," + MainTo(5) + "]"));
  const auto check = [&](std::string_view one, const TableMetadata* table) {
    return CheckRequirements(Json("[" + std::string(one) + "]"), table);
  };
  for (const char* held : {R"({"type":"assert-table-uuid","uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1"})",
                           R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":5})",
                           R"({"type":"assert-ref-snapshot-id","ref":"other","snapshot-id":null})",
                           R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":6})",
                           R"({"type":"assert-current-schema-id","current-schema-id":0})",
                           R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1000})",
                           R"({"type":"assert-default-spec-id","default-spec-id":0})",
                           R"({"type":"assert-default-sort-order-id","default-sort-order-id":1})"}) {
    EXPECT_THAT(check(held, &base), IsOk()) << held;
    EXPECT_THAT(check(held, nullptr), ErrorIs(ErrorCode::kConflict)) << held;
  }
  EXPECT_THAT(check(R"({"type":"assert-create"})", nullptr), IsOk());
  for (const char* unmet : {R"({"type":"assert-create"})", R"({"type":"assert-table-uuid","uuid":"x"})",
                            R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":6})",
                            R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null})",
                            R"({"type":"assert-ref-snapshot-id","ref":"other","snapshot-id":5})",
                            R"({"type":"assert-current-schema-id","current-schema-id":1})"}) {
    EXPECT_THAT(check(unmet, &base), ErrorIs(ErrorCode::kConflict)) << unmet;
  }
  for (const char* none : {R"({"type":"assert-nothing"})", "{}", "1", R"({"type":"assert-table-uuid"})"}) {
    EXPECT_THAT(check(none, &base), ErrorIs(ErrorCode::kInvalidArgument)) << none;
  }
}

}  // namespace
}  // namespace tarn::table::iceberg
