// SPDX-License-Identifier: Apache-2.0
// Tables whose columns have other names in their files: read as others wrote them, renamed by us; partition values.
#include "table/delta/column_mapping.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "table/delta/action_json.h"
#include "table/delta/delta_state.h"
#include "table/delta/delta_testing.h"

namespace tarn::table::delta {
namespace {

/// A table in planning only, as PlannerTest's.
class ColumnMappingTest : public ::testing::Test {
 protected:
  Result<CommitPlan> Plan(const CommitIntent& intent) { return format_.Plan(*head_, kLocation, intent); }
  void Step(const CommitIntent& intent) {
    ASSERT_OK_AND_ASSIGN(const CommitPlan plan, Plan(intent));
    ASSERT_OK_AND_ASSIGN(actions_, DecodeLogEntry(plan.decisive.body));
    ASSERT_OK_AND_ASSIGN(head_, format_.Apply(head_, intent, plan));
  }
  Status Foreign(const std::string& body) {
    const CommitPlan plan{.objects = {}, .decisive = {.key = "", .body = body}, .version = head_->version + 1};
    TARN_ASSIGN(head_, format_.Apply(head_, {}, plan));
    return {};
  }
  /// The schema of the head with one column renamed.
  CommitIntent Renaming(size_t column, const std::string& name) {
    CommitIntent intent = IntentOf("RENAME COLUMN");
    intent.schema = head_->schema;
    intent.schema->fields[column].name = name;
    return intent;
  }

  DeltaFormat format_{{.engine_info = "tarn/0.0.0"}};
  SnapshotPtr head_ = std::make_shared<const Snapshot>();
  ActionSet actions_;
};

std::string MappedEntry(const std::string& mode, const std::string& fields, const std::string& partitions = "[]") {
  return R"({"protocol":{"minReaderVersion":2,"minWriterVersion":5}}
{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[)" +
         fields + R"(]}","partitionColumns":)" + partitions + R"(,"configuration":{"delta.columnMapping.mode":")" +
         mode +
         R"(","delta.columnMapping.maxColumnId":"9"}}}
)";
}

constexpr const char* kMappedColumn =
    R"({\"name\":\"price\",\"type\":\"long\",\"nullable\":true,\"metadata\":{\"delta.columnMapping.id\":4,)"
    R"(\"delta.columnMapping.physicalName\":\"col-7\"}})";

TEST_F(ColumnMappingTest, ForeignMappingGivesIdsNamesAndStatistics) {
  ASSERT_THAT(Foreign(MappedEntry("name", kMappedColumn) +
                      R"({"add":{"path":"a","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true,)"
                      R"("stats":"{\"numRecords\":3,\"minValues\":{\"col-7\":5,\"price\":900}}"}})"),
              IsOk());
  EXPECT_EQ(head_->column_match, ColumnMatch::kName);
  EXPECT_EQ(head_->last_field_id, 9);
  const Field& field = head_->schema.fields.at(0);
  EXPECT_EQ(field.id, 4);
  EXPECT_EQ(field.name, "price");
  EXPECT_EQ(field.stored_names, (std::vector<std::string>{"col-7"}));
  EXPECT_EQ(std::get<int64_t>(head_->files.at(0)->stats.at(4).lower), 5);
}

TEST_F(ColumnMappingTest, MappingByIdIsMatchedById) {
  ASSERT_THAT(Foreign(MappedEntry("id", kMappedColumn)), IsOk());
  EXPECT_EQ(head_->column_match, ColumnMatch::kFieldId);
}

TEST_F(ColumnMappingTest, BrokenMappingIsRefused) {
  EXPECT_THAT(Foreign(MappedEntry("name", R"({\"name\":\"c\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}})")),
              ErrorIs(ErrorCode::kCorrupt));
  const std::string nested =
      R"({\"name\":\"c\",\"type\":{\"type\":\"array\",\"elementType\":\"long\",\"containsNull\":true},\"nullable\":true,)"
      R"(\"metadata\":{\"delta.columnMapping.id\":1,\"delta.columnMapping.physicalName\":\"c\"}})";
  EXPECT_THAT(Foreign(MappedEntry("id", nested)), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(Foreign(MappedEntry("name", nested)), IsOk());
}

TEST_F(ColumnMappingTest, RenameTurnsMappingOnAndKeepsTheNameInFiles) {
  Step(CreateIntent());
  CommitIntent append = IntentOf("WRITE");
  append.add = {FileOf("one")};
  Step(append);
  Step(Renaming(1, "price"));
  ASSERT_TRUE(actions_.protocol);
  EXPECT_EQ(actions_.protocol->reader_features, (std::vector<std::string>{"columnMapping"}));
  EXPECT_EQ(actions_.protocol->writer_features,
            (std::vector<std::string>{"appendOnly", "invariants", "columnMapping"}));
  EXPECT_EQ(actions_.metadata->configuration.at("delta.columnMapping.mode"), "name");
  EXPECT_EQ(actions_.metadata->configuration.at("delta.columnMapping.maxColumnId"), "4");
  EXPECT_NE(actions_.metadata->schema_string.find(
                R"#({"name":"price","type":"decimal(38,9)","nullable":true,"metadata":{"tarn.fieldId":2,)#"
                R"#("delta.columnMapping.id":2,"delta.columnMapping.physicalName":"amount"}})#"),
            std::string::npos)
      << actions_.metadata->schema_string;
  EXPECT_EQ(head_->schema.fields[1].stored_names, (std::vector<std::string>{"amount"}));
  EXPECT_EQ(head_->schema.fields[2].type.kind, TypeKind::kJson);

  Step(Renaming(1, "cost"));
  EXPECT_FALSE(actions_.protocol);
  EXPECT_EQ(head_->schema.fields[1].stored_names, (std::vector<std::string>{"amount"}));
  EXPECT_EQ(head_->schema.fields[1].name, "cost");
}

TEST_F(ColumnMappingTest, NewColumnOfAMappedTableGetsANameNoFileHas) {
  Step(CreateIntent());
  Step(Renaming(1, "price"));
  CommitIntent change = IntentOf("ADD COLUMN");
  change.schema = head_->schema;
  change.schema->fields.push_back(FieldOf(5, "amount", Scalar(TypeKind::kInt64)));
  Step(change);
  EXPECT_EQ(head_->schema.fields[4].stored_names, (std::vector<std::string>{"col-" + change.commit_id + "-5"}));
  EXPECT_EQ(actions_.metadata->configuration.at("delta.columnMapping.maxColumnId"), "5");
}

TEST_F(ColumnMappingTest, ColumnAddedWithoutMappingKeepsItOff) {
  Step(CreateIntent());
  CommitIntent change = IntentOf("ADD COLUMN");
  change.schema = head_->schema;
  change.schema->fields.push_back(FieldOf(5, "note", Scalar(TypeKind::kInt64)));
  Step(change);
  EXPECT_FALSE(actions_.protocol);
  EXPECT_TRUE(FirstMappedColumn(head_->schema).empty());
}

// Whoever made the file knows only the column's own name: it could not be read back.
TEST_F(ColumnMappingTest, FilesForRenamedColumnsAreRefusedButDeletesAreNot) {
  Step(CreateIntent());
  CommitIntent append = IntentOf("WRITE");
  append.add = {FileOf("one")};
  Step(append);
  Step(Renaming(1, "price"));
  append.add = {FileOf("two")};
  const auto refused = Plan(append);
  ASSERT_THAT(refused, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_NE(refused.error().message.find("price"), std::string::npos);
  CommitIntent remove = IntentOf("DELETE");
  remove.remove = {"data/one.parquet"};
  EXPECT_THAT(Plan(remove), IsOk());
}

TEST_F(ColumnMappingTest, NestedRenameIsARename) {
  Schema schema;
  DataType inner = Scalar(TypeKind::kStruct);
  inner.children = {FieldOf(2, "x", Scalar(TypeKind::kInt64))};
  schema.fields = {FieldOf(1, "row", inner)};
  Step(CreateIntent(schema));
  CommitIntent rename = IntentOf("RENAME COLUMN");
  rename.schema = head_->schema;
  rename.schema->fields[0].type.children[0].name = "y";
  Step(rename);
  EXPECT_EQ(head_->schema.fields[0].type.children[0].stored_names, (std::vector<std::string>{"x"}));
  EXPECT_EQ(FirstMappedColumn(head_->schema), "row.y");
}

// Partition values ---------------------------------------------------------------------------------------------------

std::string PartitionedBy(const std::string& type) {
  return R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[)"
         R"({\"name\":\"p\",\"type\":\")" +
         type +
         R"(\",\"nullable\":true,\"metadata\":{}},{\"name\":\"c\",\"type\":\"long\",\"nullable\":true,)"
         R"(\"metadata\":{}}]}","partitionColumns":["p"],"configuration":{}}}
)";
}

std::string AddWith(const std::string& values) {
  return R"({"add":{"path":"a","partitionValues":)" + values +
         R"(,"size":1,"modificationTime":2,"dataChange":true,"stats":"{\"numRecords\":3}"}})";
}

TEST_F(ColumnMappingTest, PartitionValuesAreConstantsOfEveryType) {
  struct Case {
    std::string type;
    std::string text;
    Value value;
    std::string written = {};
  };
  const std::vector<Case> cases = {
      {"string", "a b", std::string("a b")},
      {"integer", "-7", int64_t{-7}},
      {"long", "9223372036854775807", int64_t{9223372036854775807}},
      {"boolean", "true", true},
      {"double", "1.5", 1.5},
      {"date", "1969-12-31", DateValue{.days = -1}},
      {"decimal(10,2)", "-1.50", DecimalValue{.unscaled = -150, .precision = 10, .scale = 2}},
      {"timestamp", "2026-01-01 00:00:00.123456", TimestampValue{.micros = kNow.micros}},
      {"timestamp", "2026-01-01T01:00:00.123456+01:00", TimestampValue{.micros = kNow.micros},
       "2026-01-01 00:00:00.123456"},
  };
  for (const Case& test : cases) {
    head_ = std::make_shared<const Snapshot>();
    ASSERT_THAT(Foreign(PartitionedBy(test.type) + AddWith("{\"p\":\"" + test.text + "\"}")), IsOk()) << test.text;
    const DataFile& file = *head_->files.at(0);
    EXPECT_TRUE(file.constants.at(head_->schema.fields[0].id) == test.value) << test.text;
    CommitIntent append = IntentOf("WRITE");
    append.add = {FileOf("b")};
    append.add[0].constants = file.constants;
    append.remove = {"a"};
    Step(append);
    EXPECT_EQ(actions_.adds.at(0).partition_values.at("p"), test.written.empty() ? test.text : test.written);
    EXPECT_EQ(actions_.removes.at(0).partition_values.at("p"), test.text);
  }
}

TEST_F(ColumnMappingTest, AbsentAndEmptyPartitionValuesAreNull) {
  for (const char* values : {"{}", "{\"p\":null}", "{\"p\":\"\"}"}) {
    head_ = std::make_shared<const Snapshot>();
    ASSERT_THAT(Foreign(PartitionedBy("integer") + AddWith(values)), IsOk()) << values;
    EXPECT_TRUE(IsNull(head_->files.at(0)->constants.at(head_->schema.fields[0].id))) << values;
  }
}

TEST_F(ColumnMappingTest, BrokenPartitionsAreRefused) {
  EXPECT_THAT(Foreign(PartitionedBy("integer") + AddWith("{\"p\":\"x\"}")), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(Foreign(PartitionedBy("binary")), ErrorIs(ErrorCode::kUnsupported));
  std::string unknown = PartitionedBy("integer");
  unknown.replace(unknown.find("[\"p\"]"), 5, "[\"q\"]");
  EXPECT_THAT(Foreign(unknown), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(ColumnMappingTest, FileWithoutItsPartitionValueIsRefused) {
  ASSERT_THAT(Foreign(PartitionedBy("integer")), IsOk());
  CommitIntent append = IntentOf("WRITE");
  append.add = {FileOf("b")};
  EXPECT_THAT(Plan(append), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(ColumnMappingTest, PartitionValuesOfMappedTablesGoByPhysicalName) {
  ASSERT_THAT(Foreign(MappedEntry("name", kMappedColumn, "[\"price\"]") + AddWith("{\"col-7\":\"12\"}")), IsOk());
  EXPECT_TRUE(head_->files.at(0)->constants.at(4) == Value(int64_t{12}));
}

}  // namespace
}  // namespace tarn::table::delta
