// SPDX-License-Identifier: Apache-2.0
#include "catalog/own_table_rules.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "table/iceberg/table_updates.h"

namespace tarn::catalog {
namespace {

using table::iceberg::TableMetadata;

constexpr Timestamp kNow{1'767'225'600'000'000};

codec::OrderedJson Json(const std::string& text) {
  auto json = codec::ParseOrderedJson(text);
  EXPECT_THAT(json, IsOk()) << text;
  return json ? *json : codec::OrderedJson();
}

Result<TableMetadata> Applied(const TableMetadata& base, const std::string& updates) {
  table::iceberg::MetadataBuilder builder(base, "memory:/t/metadata/v1.metadata.json", kNow);
  TARN_TRY(table::iceberg::ApplyUpdates(Json(updates), builder));
  return std::move(builder).Finish();
}

std::string Snapshot(int64_t id, int64_t sequence, int64_t parent) {
  return R"({"action":"add-snapshot","snapshot":{"snapshot-id":)" + std::to_string(id) + R"(,"sequence-number":)" +
         std::to_string(sequence) + (parent == 0 ? "" : R"(,"parent-snapshot-id":)" + std::to_string(parent)) +
         R"(,"timestamp-ms":5,"manifest-list":"memory:/t/l.avro","summary":{"operation":"append"}}})";
}

std::string MainTo(int64_t id) {
  return R"({"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":)" + std::to_string(id) + "}";
}

std::string SchemaOf(const std::string& fields) {
  return R"([{"action":"add-schema","schema":{"type":"struct","fields":[)" + fields +
         R"(]}},{"action":"set-current-schema","schema-id":-1}])";
}

constexpr const char* kColumns =
    R"({"id":1,"name":"id","required":true,"type":"long"},{"id":2,"name":"s","required":false,"type":"string"})";

/// A table with main at 11, after 10.
TableMetadata Table() {
  table::iceberg::NewTable table;
  table.schema = Json(std::string(R"({"type":"struct","fields":[)") + kColumns + "]}");
  table.location = "memory:/t";
  table.uuid = "u";
  table.properties = {{"tarn.bronze-position", "4"}};
  auto made = table::iceberg::MakeNewMetadata(std::move(table), kNow);
  EXPECT_THAT(made, IsOk());
  auto filled =
      Applied(*made, "[" + Snapshot(10, 1, 0) + "," + MainTo(10) + "," + Snapshot(11, 2, 10) + "," + MainTo(11) + "]");
  EXPECT_THAT(filled, IsOk());
  return *filled;
}

Status Check(const std::string& updates) {
  const TableMetadata before = Table();
  TARN_ASSIGN(const TableMetadata after, Applied(before, updates));
  return CheckOwnTable(before, after);
}

TEST(OwnTableRules, WritesOfRowsAreWelcome) {
  EXPECT_THAT(Check("[" + Snapshot(12, 3, 11) + "," + MainTo(12) + "]"), IsOk());
  EXPECT_THAT(Check("[" + Snapshot(12, 3, 11) + "," + Snapshot(13, 4, 12) + "," + MainTo(13) + "]"), IsOk());
  EXPECT_THAT(Check(R"([{"action":"set-snapshot-ref","ref-name":"audit","type":"branch","snapshot-id":10}])"), IsOk());
  EXPECT_THAT(Check(R"([{"action":"remove-snapshots","snapshot-ids":[10]}])"), IsOk());
  EXPECT_THAT(Check(R"([{"action":"set-properties","updates":{"read.split.target-size":"1"}}])"), IsOk());
}

TEST(OwnTableRules, MainMovesOnlyToNewChildrenOfItself) {
  for (const std::string& updates : {"[" + MainTo(10) + "]", "[" + Snapshot(12, 3, 10) + "," + MainTo(12) + "]",
                                     "[" + Snapshot(12, 3, 0) + "," + MainTo(12) + "]",
                                     "[" + Snapshot(12, 3, 10) + "," + Snapshot(13, 4, 12) + "," + MainTo(13) + "]",
                                     std::string(R"([{"action":"remove-snapshot-ref","ref-name":"main"}])"),
                                     std::string(R"([{"action":"remove-snapshots","snapshot-ids":[11]}])")}) {
    EXPECT_THAT(Check(updates), ErrorIs(ErrorCode::kFailedPrecondition)) << updates;
  }
}

TEST(OwnTableRules, ColumnsStayAsTheContractHasThem) {
  const std::string columns = kColumns;
  EXPECT_THAT(Check(SchemaOf(columns + R"(,{"id":3,"name":"more","required":false,"type":"int"})")), IsOk());
  EXPECT_THAT(
      Check(SchemaOf(
          R"({"id":2,"name":"s","required":false,"type":"string","doc":"text"},{"id":1,"name":"id","required":true,"type":"long"})")),
      IsOk())
      << "order and documentation are free";
  for (
      const std::string& fields :
      {std::string(R"({"id":1,"name":"id","required":true,"type":"long"})"),
       std::string(
           R"({"id":1,"name":"id","required":true,"type":"long"},{"id":2,"name":"t","required":false,"type":"string"})"),
       std::string(
           R"({"id":1,"name":"id","required":false,"type":"long"},{"id":2,"name":"s","required":false,"type":"string"})"),
       std::string(
           R"({"id":1,"name":"id","required":true,"type":"long"},{"id":3,"name":"s","required":false,"type":"string"})"),
       columns + R"(,{"id":3,"name":"more","required":true,"type":"int"})",
       columns + R"(,{"id":3,"name":"ID","required":false,"type":"int"})"}) {
    EXPECT_THAT(Check(SchemaOf(fields)), ErrorIs(ErrorCode::kFailedPrecondition)) << fields;
  }
}

TEST(OwnTableRules, PlaceFormatPartitionsAndOurPropertiesStay) {
  for (
      const char* updates :
      {R"([{"action":"set-location","location":"memory:/other"}])",
       R"([{"action":"upgrade-format-version","format-version":3}])",
       R"([{"action":"add-spec","spec":{"fields":[{"source-id":1,"name":"b","transform":"bucket[4]"}]}},{"action":"set-default-spec","spec-id":-1}])",
       R"([{"action":"set-properties","updates":{"tarn.bronze-position":"5"}}])",
       R"([{"action":"set-properties","updates":{"tarn.new":"5"}}])",
       R"([{"action":"remove-properties","removals":["tarn.bronze-position"]}])"}) {
    EXPECT_THAT(Check(updates), ErrorIs(ErrorCode::kFailedPrecondition)) << updates;
  }
}

}  // namespace
}  // namespace tarn::catalog
