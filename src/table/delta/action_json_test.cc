// SPDX-License-Identifier: Apache-2.0
#include "table/delta/action_json.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::table::delta {
namespace {

ActionSet EveryAction() {
  ActionSet actions;
  actions.commit_info = CommitInfo{.timestamp_ms = 1,
                                   .operation = "WRITE",
                                   .operation_parameters = {{"mode", "Append"}},
                                   .operation_metrics = {{"numFiles", "1"}},
                                   .engine_info = "tarn/test",
                                   .txn_id = "id",
                                   .isolation_level = "Serializable",
                                   .is_blind_append = true,
                                   .read_version = 4};
  actions.protocol = Protocol{.min_reader_version = 3,
                              .min_writer_version = 7,
                              .reader_features = std::vector<std::string>{"timestampNtz"},
                              .writer_features = std::vector<std::string>{"timestampNtz"}};
  actions.metadata = Metadata{.id = "table",
                              .name = "n",
                              .description = "d",
                              .format_provider = "parquet",
                              .format_options = {{"o", "1"}},
                              .schema_string = R"({"type":"struct","fields":[]})",
                              .partition_columns = {"p"},
                              .created_time_ms = 5,
                              .configuration = {{"k", "v"}}};
  actions.txns = {{.app_id = "a", .version = -7, .last_updated_ms = std::nullopt},
                  {.app_id = "b", .version = INT64_MAX, .last_updated_ms = 9}};
  actions.domains = {{.domain = "d.x", .configuration = "{}", .removed = true}};
  actions.removes = {{.path = "old%20one",
                      .deletion_timestamp_ms = 6,
                      .data_change = false,
                      .extended_file_metadata = true,
                      .partition_values = {},
                      .size_bytes = 7}};
  actions.adds = {{.path = "data/x.parquet",
                   .partition_values = {},
                   .size_bytes = 8,
                   .modification_time_ms = 9,
                   .data_change = true,
                   .stats = R"({"numRecords":1})",
                   .tags = {{"t", "u"}},
                   .deletion_vector = {}}};
  return actions;
}

TEST(LogEntry, EveryActionSurvivesTheRoundTrip) {
  const ActionSet actions = EveryAction();
  ASSERT_OK_AND_ASSIGN(const ActionSet decoded, DecodeLogEntry(EncodeLogEntry(actions)));
  EXPECT_TRUE(decoded == actions);
}

TEST(LogEntry, TransactionsWithoutTimeHaveNoLastUpdated) {
  ActionSet actions;
  actions.txns = {{.app_id = "tarn-bronze", .version = 42, .last_updated_ms = std::nullopt}};
  EXPECT_EQ(EncodeLogEntry(actions), "{\"txn\":{\"appId\":\"tarn-bronze\",\"version\":42}}\n");
}

TEST(LogEntry, UnknownActionsAndMembersAreSkipped) {
  ASSERT_OK_AND_ASSIGN(const ActionSet actions, DecodeLogEntry(R"({"cdc":{"path":"_change_data/x"}}
{"somethingNew":[1,2]}

{"add":{"path":"x","partitionValues":{"p":null},"size":1,"modificationTime":2,"dataChange":true,"baseRowId":4}}
{"commitInfo":"free text"}
{"commitInfo":{"timestamp":"soon","operationParameters":{"predicate":"[\"a\"]","n":3}}})"));
  ASSERT_EQ(actions.adds.size(), 1U);
  EXPECT_EQ(actions.adds[0].path, "x");
  EXPECT_FALSE(actions.adds[0].deletion_vector);
  EXPECT_EQ(actions.commit_info->operation_parameters.at("n"), "3");
}

TEST(LogEntry, DeletionVectorsAndRowIdsSurvive) {
  const std::string entry =
      R"({"remove":{"path":"x","deletionTimestamp":3,"dataChange":true,"extendedFileMetadata":true,)"
      R"("partitionValues":{"p":null},"size":1,"deletionVector":{"storageType":"i","pathOrInlineDv":"^Bg9^",)"
      R"("sizeInBytes":4,"cardinality":1},"baseRowId":4,"defaultRowCommitVersion":5}}
{"add":{"path":"x","partitionValues":{"p":null,"q":"1"},"size":1,"modificationTime":2,"dataChange":true,)"
      R"("deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,"sizeInBytes":40,)"
      R"("cardinality":6},"baseRowId":4,"defaultRowCommitVersion":5,"clusteringProvider":"liquid"}}
)";
  ASSERT_OK_AND_ASSIGN(const ActionSet actions, DecodeLogEntry(entry));
  EXPECT_EQ(EncodeLogEntry(actions), entry);
  EXPECT_EQ(actions.adds.at(0).deletion_vector->offset, 4);
  EXPECT_EQ(actions.adds.at(0).partition_values.at("p"), std::nullopt);
}

TEST(LogEntry, InCommitTimestampComesFirst) {
  ActionSet actions;
  actions.commit_info.emplace();
  actions.commit_info->in_commit_timestamp_ms = 7;
  EXPECT_TRUE(EncodeLogEntry(actions).starts_with(R"({"commitInfo":{"inCommitTimestamp":7,)"));
}

TEST(LogEntry, BrokenLinesAreNamed) {
  for (const char* line : {"{", "[]", "7", R"({"add":{"size":1,"modificationTime":2}})", R"({"add":"x"})",
                           R"({"txn":{"appId":"a","version":"1"}})", R"({"protocol":{"minReaderVersion":1}})",
                           R"({"metaData":{"id":"x"}})", R"({"remove":{}})", "\xff",
                           R"({"add":{"path":"x","size":1,"modificationTime":2,"partitionValues":{"p":1}}})",
                           R"({"remove":{"path":"x","deletionVector":{"storageType":"u"}}})"}) {
    const auto decoded = DecodeLogEntry(std::string("{\"commitInfo\":{}}\n") + line);
    EXPECT_THAT(decoded, ErrorIs(ErrorCode::kCorrupt)) << line;
    if (!decoded) {
      EXPECT_EQ(decoded.error().context, "line 2") << line;
    }
  }
}

TEST(LogEntry, TwoActionsThatReconcileAreRefused) {
  const std::string protocol = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";
  EXPECT_THAT(DecodeLogEntry(protocol + "\n" + protocol), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::table::delta
