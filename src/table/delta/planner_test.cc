// SPDX-License-Identifier: Apache-2.0
#include "table/delta/planner.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/result_matchers.h"
#include "table/delta/action_json.h"
#include "table/delta/delta_state.h"
#include "table/delta/delta_testing.h"

namespace tarn::table::delta {
namespace {

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(TARN_TEST_DATA) + "/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A table in planning only: each step is planned on and applied to the snapshot before.
class PlannerTest : public ::testing::Test {
 protected:
  Result<CommitPlan> Plan(const CommitIntent& intent) { return format_.Plan(*head_, kLocation, intent); }

  void Step(const CommitIntent& intent) {
    ASSERT_OK_AND_ASSIGN(const CommitPlan plan, Plan(intent));
    body_ = plan.decisive.body;
    ASSERT_OK_AND_ASSIGN(head_, format_.Apply(head_, intent, plan));
  }
  /// Goes on from a log entry of a foreign writer.
  void Foreign(const std::string& body) {
    const CommitPlan plan{.objects = {}, .decisive = {.key = "", .body = body}, .version = head_->version + 1};
    ASSERT_OK_AND_ASSIGN(head_, format_.Apply(head_, {}, plan));
  }

  DeltaFormat format_{{.engine_info = "tarn/0.0.0"}};
  SnapshotPtr head_ = std::make_shared<const Snapshot>();
  std::string body_;
};

DataFile FileWithStats(const std::string& name) {
  DataFile file = FileOf(name, 2);
  file.stats[1] = {.null_count = 0, .lower = std::string("a-1"), .upper = std::string("z-9"), .exact = true};
  file.stats[2] = {.null_count = 1,
                   .lower = DecimalValue{.unscaled = 1'500'000'000, .precision = 38, .scale = 9},
                   .upper = DecimalValue{.unscaled = 1'500'000'000, .precision = 38, .scale = 9},
                   .exact = true};
  file.stats[4] = {
      .null_count = 0, .lower = TimestampValue{.micros = kNow.micros}, .upper = TimestampValue{.micros = kNow.micros}};
  return file;
}

TEST_F(PlannerTest, LogEntriesAreTheGoldenOnes) {
  CommitIntent create = CreateIntent();
  create.properties = {{"tarn.contract", "sales/orders"}};
  Step(create);
  EXPECT_EQ(body_, ReadGolden("create.json"));

  CommitIntent append = IntentOf("WRITE");
  append.add = {FileWithStats("one"), FileOf("t w\xC3\xB6", 0)};
  append.transactions = {{"tarn-bronze", 1}, {"tarn-side", 4611686018427387904}};
  Step(append);
  EXPECT_EQ(body_, ReadGolden("append.json"));

  CommitIntent merge = IntentOf("MERGE");
  merge.schema = head_->schema;
  merge.schema->fields.push_back(FieldOf(5, "note", Scalar(TypeKind::kTimestampNaive)));
  merge.add = {FileOf("three")};
  merge.remove = {"data/one.parquet"};
  merge.transactions = {{"tarn-bronze", 2}};
  merge.metrics = {{"numTargetRowsUpdated", "2"}};
  Step(merge);
  EXPECT_EQ(body_, ReadGolden("merge_with_schema_change.json"));

  CommitIntent compact = IntentOf("OPTIMIZE");
  compact.data_change = false;
  compact.add = {FileOf("four")};
  compact.remove = {"data/three.parquet", "data/t w\xC3\xB6.parquet"};
  Step(compact);
  EXPECT_EQ(body_, ReadGolden("compact.json"));
}

TEST_F(PlannerTest, SnapshotAfterStepsHoldsWhatTheyDid) {
  Step(CreateIntent());
  EXPECT_EQ(head_->version, 0);
  EXPECT_EQ(head_->last_field_id, 4);
  CommitIntent append = IntentOf("WRITE");
  append.add = {FileWithStats("one"), FileOf("two")};
  append.transactions = {{"job", 7}};
  Step(append);
  EXPECT_EQ(PathsOf(*head_), (std::vector<std::string>{"data/one.parquet", "data/two.parquet"}));
  EXPECT_EQ(head_->RecordCount(), 5);
  EXPECT_EQ(head_->transactions.at("job"), 7);
  EXPECT_EQ(head_->commit_id, append.commit_id);
  EXPECT_EQ(head_->committed_at.micros, 1'767'225'600'123'000);
  EXPECT_TRUE(head_->properties.empty());
  const ColumnStats& stats = head_->files[0]->stats.at(1);
  EXPECT_EQ(std::get<std::string>(stats.lower), "a-1");
  EXPECT_TRUE(stats.exact);

  CommitIntent overwrite = IntentOf("OVERWRITE");
  overwrite.remove = PathsOf(*head_);
  Step(overwrite);
  EXPECT_TRUE(head_->files.empty());
  EXPECT_EQ(head_->transactions.at("job"), 7);
}

TEST_F(PlannerTest, IdsOfDroppedColumnsAreNotGivenOutAgain) {
  Step(CreateIntent());
  CommitIntent drop = IntentOf("CHANGE");
  drop.schema = head_->schema;
  drop.schema->fields.pop_back();
  Step(drop);
  EXPECT_EQ(head_->schema.fields.size(), 3U);
  EXPECT_EQ(head_->last_field_id, 4);
}

TEST_F(PlannerTest, SameSchemaWritesNoMetadata) {
  Step(CreateIntent());
  CommitIntent same = IntentOf("WRITE");
  same.schema = head_->schema;
  same.add = {FileOf("one")};
  Step(same);
  ASSERT_OK_AND_ASSIGN(const ActionSet actions, DecodeLogEntry(body_));
  EXPECT_FALSE(actions.metadata.has_value());
  EXPECT_FALSE(actions.protocol.has_value());
}

TEST_F(PlannerTest, NaiveTimestampsNeedTheirFeatureFromTheStart) {
  Schema schema = OrdersSchema();
  schema.fields.push_back(FieldOf(5, "local", Scalar(TypeKind::kTimestampNaive)));
  Step(CreateIntent(schema));
  const Protocol& protocol = StateOf(*head_).protocol;
  EXPECT_EQ(protocol.min_reader_version, 3);
  EXPECT_EQ(protocol.writer_features, (std::vector<std::string>{"timestampNtz"}));
}

TEST_F(PlannerTest, TableWithoutSchemaCannotBeWritten) {
  EXPECT_THAT(Plan(IntentOf("WRITE")), ErrorIs(ErrorCode::kFailedPrecondition));
}

TEST_F(PlannerTest, RemovingAFileThatIsGoneIsAConflict) {
  Step(CreateIntent());
  CommitIntent remove = IntentOf("DELETE");
  remove.remove = {"data/nobody.parquet"};
  EXPECT_THAT(Plan(remove), ErrorIs(ErrorCode::kConflict));
}

TEST_F(PlannerTest, ForeignPathsAreRemovedByTheTextTheyWereAddedWith) {
  Step(CreateIntent());
  Foreign(
      R"({"add":{"path":"part=a/file%20(1)+%3D.parquet","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true}})");
  EXPECT_EQ(PathsOf(*head_), std::vector<std::string>{"part=a/file (1)+=.parquet"});
  EXPECT_EQ(head_->RecordCount(), -1);
  CommitIntent remove = IntentOf("DELETE");
  remove.remove = PathsOf(*head_);
  Step(remove);
  ASSERT_OK_AND_ASSIGN(const ActionSet actions, DecodeLogEntry(body_));
  EXPECT_EQ(actions.removes.at(0).path, "part=a/file%20(1)+%3D.parquet");
  EXPECT_TRUE(head_->files.empty());
}

TEST_F(PlannerTest, AbsurdNumbersOfForeignWritersDoNoHarm) {
  Step(CreateIntent());
  for (const char* number : {"9223372036854775807", "-9223372036854775808"}) {
    const std::string n(number);
    Foreign(R"({"commitInfo":{"timestamp":)" + n + R"(}}
{"add":{"path":")" +
            n + R"(","size":)" + n + R"(,"modificationTime":)" + n + R"(,"dataChange":true,"stats":"{\"numRecords\":)" +
            n + "}\"}}");
  }
  Foreign(R"({"add":{"path":"x","size":9223372036854775807,"modificationTime":0,"dataChange":true}})");
  EXPECT_EQ(head_->RecordCount(), -1);
  static_cast<void>(head_->SizeBytes());
}

std::string MetadataEntry(const std::string& field_metadata, const std::string& configuration) {
  return R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":)"
         R"([{\"name\":\"c\",\"type\":\"long\",\"nullable\":true,\"metadata\":)" +
         field_metadata + R"(}]}","partitionColumns":[],"configuration":)" + configuration + "}}\n";
}

std::string ProtocolEntry(int reader, int writer, const std::string& features = "") {
  return R"({"protocol":{"minReaderVersion":)" + std::to_string(reader) + R"(,"minWriterVersion":)" +
         std::to_string(writer) + features + "}}\n";
}

TEST_F(PlannerTest, FeaturesWeCannotWriteAreRefusedByName) {
  struct Case {
    std::string body;
    std::string name;
  };
  const std::vector<Case> cases = {
      {ProtocolEntry(1, 8) + MetadataEntry("{}", "{}"), "writer version 8"},
      {ProtocolEntry(1, 7, R"(,"writerFeatures":["rowTracking"])") + MetadataEntry("{}", "{}"), "rowTracking"},
      {ProtocolEntry(1, 2) + MetadataEntry(R"({\"delta.invariants\":\"x\"})", "{}"), "invariants"},
      {ProtocolEntry(1, 3) + MetadataEntry("{}", R"({"delta.constraints.c":"c > 0"})"), "CHECK"},
      {ProtocolEntry(1, 4) + MetadataEntry(R"({\"delta.generationExpression\":\"x\"})", "{}"), "generated"},
      {ProtocolEntry(1, 6) + MetadataEntry(R"({\"delta.identity.start\":1})", "{}"), "identity"},
      {ProtocolEntry(1, 7, R"(,"writerFeatures":["clustering"])") + MetadataEntry("{}", "{}"), "clustering"},
      {ProtocolEntry(1, 7, R"(,"writerFeatures":["icebergCompatV2"])") + MetadataEntry("{}", "{}"), "icebergCompatV2"},
  };
  for (const Case& test : cases) {
    head_ = std::make_shared<const Snapshot>();
    Foreign(test.body);
    const auto plan = Plan(IntentOf("WRITE"));
    ASSERT_THAT(plan, ErrorIs(ErrorCode::kUnsupported)) << test.name;
    EXPECT_NE(plan.error().message.find(test.name), std::string::npos) << plan.error().message;
  }
}

TEST_F(PlannerTest, FeaturesThatAreNotActiveDoNotMatter) {
  Foreign(ProtocolEntry(
              1, 7,
              R"(,"writerFeatures":["appendOnly","invariants","checkConstraints","changeDataFeed","domainMetadata"])") +
          MetadataEntry("{}", "{}"));
  EXPECT_THAT(Plan(IntentOf("WRITE")), IsOk());
}

TEST_F(PlannerTest, InCommitTimestampsNeverGoBack) {
  Foreign(R"({"commitInfo":{"inCommitTimestamp":1800000000000,"timestamp":5}})"
          "\n" +
          ProtocolEntry(1, 7, R"(,"writerFeatures":["inCommitTimestamp"])") +
          MetadataEntry("{}", R"({"delta.enableInCommitTimestamps":"true"})"));
  EXPECT_EQ(head_->committed_at.micros, 1'800'000'000'000'000);
  Step(IntentOf("WRITE"));
  ASSERT_OK_AND_ASSIGN(const ActionSet behind, DecodeLogEntry(body_));
  EXPECT_EQ(behind.commit_info->in_commit_timestamp_ms, 1'800'000'000'001);
  CommitIntent later = IntentOf("WRITE");
  later.now = Timestamp{1'900'000'000'000'000};
  Step(later);
  ASSERT_OK_AND_ASSIGN(const ActionSet ahead, DecodeLogEntry(body_));
  EXPECT_EQ(ahead.commit_info->in_commit_timestamp_ms, 1'900'000'000'000);
}

TEST_F(PlannerTest, PropertiesThatTurnFeaturesOnAreRefused) {
  Step(CreateIntent());
  CommitIntent change = IntentOf("CHANGE");
  change.properties = {{"delta.enableRowTracking", "true"}};
  EXPECT_THAT(Plan(change), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(PlannerTest, TypesOfAWidenedTableAreNotChanged) {
  Foreign(ProtocolEntry(3, 7, R"(,"readerFeatures":["typeWidening"],"writerFeatures":["typeWidening"])") +
          MetadataEntry(R"({\"delta.typeChanges\":[{\"toType\":\"long\",\"fromType\":\"integer\"}]})", "{}"));
  CommitIntent append = IntentOf("WRITE");
  append.add = {FileOf("b")};
  EXPECT_THAT(Plan(append), IsOk());
  CommitIntent change = IntentOf("CHANGE");
  change.schema = head_->schema;
  change.schema->fields[0].type = Scalar(TypeKind::kDouble);
  EXPECT_THAT(Plan(change), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(PlannerTest, AppendOnlyTablesLoseNothing) {
  Foreign(ProtocolEntry(1, 2) + MetadataEntry("{}", R"({"delta.appendOnly":"true"})") +
          R"({"add":{"path":"a","size":1,"modificationTime":2,"dataChange":true}})");
  CommitIntent append = IntentOf("WRITE");
  append.add = {FileOf("b")};
  EXPECT_THAT(Plan(append), IsOk());
  CommitIntent remove = IntentOf("DELETE");
  remove.remove = {"a"};
  EXPECT_THAT(Plan(remove), ErrorIs(ErrorCode::kFailedPrecondition));
  remove.data_change = false;
  EXPECT_THAT(Plan(remove), IsOk());
}

TEST_F(PlannerTest, ChangesThatNeedChangeDataAreRefused) {
  Foreign(ProtocolEntry(1, 4) + MetadataEntry("{}", R"({"delta.enableChangeDataFeed":"true"})") +
          R"({"add":{"path":"a","size":1,"modificationTime":2,"dataChange":true}})");
  CommitIntent merge = IntentOf("MERGE");
  merge.remove = {"a"};
  EXPECT_THAT(Plan(merge), IsOk());
  merge.add = {FileOf("b")};
  EXPECT_THAT(Plan(merge), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(PlannerTest, UpgradeForNaiveTimestampsKeepsWhatTheOldVersionsImplied) {
  Foreign(ProtocolEntry(1, 3) + MetadataEntry("{}", "{}"));
  CommitIntent change = IntentOf("CHANGE");
  change.schema = head_->schema;
  change.schema->fields.push_back(FieldOf(2, "local", Scalar(TypeKind::kTimestampNaive)));
  Step(change);
  EXPECT_EQ(StateOf(*head_).protocol.writer_features,
            (std::vector<std::string>{"appendOnly", "invariants", "checkConstraints", "timestampNtz"}));
}

}  // namespace
}  // namespace tarn::table::delta
