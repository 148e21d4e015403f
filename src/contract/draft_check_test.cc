// SPDX-License-Identifier: Apache-2.0
#include "contract/draft_check.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::contract {
namespace {

using Texts = std::vector<std::string>;

DraftCheck Check(std::string_view body, const Contract* present = nullptr) {
  const auto json = codec::ParseJson(body);
  EXPECT_THAT(json, IsOk()) << body;
  return CheckDraft(*json, present);
}

/// "type body.columns.0.name" of each problem.
Texts Problems(std::string_view body, const Contract* present = nullptr) {
  Texts texts;
  for (const auto& problem : Check(body, present).problems) {
    std::string loc;
    for (const auto& part : problem.loc) loc += (loc.empty() ? "" : ".") + part;
    texts.push_back(problem.type + " " + loc);
  }
  return texts;
}

/// A POST body with these members besides the names.
std::string With(const std::string& members) { return R"({"name":"orders","domain":"sales",)" + members + "}"; }
std::string WithColumns(const std::string& columns) { return With("\"columns\":[" + columns + "]"); }

TEST(DraftCheckTest, AFullBody) {
  const auto check = Check(With(
      R"("mode":"Auto_Inference","description":"all","sequence_by":"at","land_interval":"5s","merge_mode":"REPLACE","format":"delta",
         "unknown_fields":"evolve","exports":[],"soft_delete":false,"history":"none","quarantine_retention":"90d","mirror":null,
         "surprise":1,"columns":[{"name":"id","type":"BIGINT","primary_key":true,"required":true},
         {"column_name":"at","data_type":"datetime","is_primary_key":false,"description":"when","default":"2024-01-01","pii":true},
         {"name":"x"}])"));
  EXPECT_TRUE(check.problems.empty());
  EXPECT_EQ(check.draft.name, "orders");
  EXPECT_EQ(check.draft.domain, "sales");
  EXPECT_EQ(check.draft.mode, Mode::kAutoInference);
  EXPECT_EQ(check.draft.description, "all");
  EXPECT_EQ(check.draft.sequence_by, "at");
  EXPECT_EQ(check.draft.land_interval, std::chrono::seconds(5));
  ASSERT_EQ(check.draft.columns.size(), 3U);
  EXPECT_EQ(check.draft.columns[0].type, ColumnType::kBigint);
  EXPECT_TRUE(check.draft.columns[0].primary_key);
  EXPECT_EQ(check.draft.columns[1].name, "at");
  EXPECT_EQ(check.draft.columns[1].type, ColumnType::kTimestamp);
  EXPECT_EQ(check.draft.columns[1].default_text, "2024-01-01");
  EXPECT_TRUE(check.draft.columns[1].pii);
  EXPECT_EQ(check.draft.columns[2].type, ColumnType::kString);
}

TEST(DraftCheckTest, NamesOfPost) {
  EXPECT_EQ(Problems("{}"), (Texts{"missing body.name", "missing body.domain"}));
  EXPECT_EQ(Problems(R"({"name":1,"domain":[]})"), (Texts{"string_type body.name", "string_type body.domain"}));
  for (const auto* name : {"Orders", "", "1a", "_a", "a-b", "a b", "orders\\n", "\\u00e4"}) {
    const auto check = Check(R"({"domain":"sales","name":")" + std::string(name) + "\"}");
    ASSERT_EQ(check.problems.size(), 1U) << name;
    EXPECT_NE(check.problems[0].message.find("snake_case"), std::string::npos);
  }
  for (const auto* domain : {"tarn", "system", "temp", "memory", "main", "pg_catalog", "information_schema"}) {
    EXPECT_EQ(Problems(R"({"name":"a","domain":")" + std::string(domain) + "\"}"), (Texts{"value_error body.domain"}));
  }
  EXPECT_EQ(Problems(R"({"name":"select","domain":"order"})"), Texts());
}

TEST(DraftCheckTest, BodiesOfAnotherKind) {
  for (const auto* body : {"[]", "1", "null", "\"x\""}) EXPECT_EQ(Check(body).problems.size(), 1U) << body;
}

TEST(DraftCheckTest, Columns) {
  EXPECT_EQ(Problems(With(R"("columns":{})")), (Texts{"list_type body.columns"}));
  EXPECT_EQ(Problems(WithColumns("1")).size(), 1U);
  EXPECT_EQ(Problems(WithColumns("{}")), (Texts{"missing body.columns.0.name"}));
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a"},{"name":"B"})")), (Texts{"value_error body.columns.1.name"}));
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a","type":"complex"})")), (Texts{"enum body.columns.0.type"}));
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a","type":1})")), (Texts{"string_type body.columns.0.type"}));
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a","required":"x"})")), (Texts{"bool_type body.columns.0.required"}));
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a","default":1})")), (Texts{"string_type body.columns.0.default"}));
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a"},{"name":"a"})")), (Texts{"value_error body.columns.1.name"}));
}

TEST(DraftCheckTest, TypeWords) {
  for (const auto* word : {"string",    "VARCHAR", "Integer", "bigint", "float",    "double",         "boolean",
                           "timestamp", "date",    "json",    "array",  "decimal",  "decimal(38,38)", "Decimal(10, 2)",
                           "int",       "long",    "bool",    "text",   "datetime", "numeric"}) {
    EXPECT_EQ(Problems(WithColumns(R"({"name":"a","type":")" + std::string(word) + "\"}")), Texts()) << word;
  }
  for (const auto* word : {"", "decimal(0,0)", "decimal(39,1)", "decimal(5,6)", "decimal(5)", "decimal()",
                           "decimal(1,2", "decimal(-1,0)", "string(5)", "list<blob>", "blob", "integer "}) {
    const auto problems = Problems(WithColumns(R"({"name":"a","type":")" + std::string(word) + "\"}"));
    EXPECT_EQ(problems.size(), std::string_view(word) == "integer " ? 0U : 1U) << word;
  }
}

TEST(DraftCheckTest, KeysDefaultsAndSequence) {
  for (const auto* type : {"json", "array", "float", "double"}) {
    EXPECT_EQ(Problems(WithColumns(R"({"name":"a","primary_key":true,"type":")" + std::string(type) + "\"}")),
              (Texts{"value_error body.columns.0.type"}));
  }
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a","type":"integer","default":"x"})")),
            (Texts{"value_error body.columns.0.default"}));
  EXPECT_EQ(
      Problems(WithColumns(
          R"({"name":"a","type":"json","default":"{\"a\":1}"},{"name":"b","type":"date","default":"2024-01-01"})")),
      Texts());
  EXPECT_EQ(Problems(WithColumns(R"({"name":"a","type":"json","default":"[1]"})")),
            (Texts{"value_error body.columns.0.default"}));
  EXPECT_EQ(Problems(With(R"("sequence_by":"b","columns":[{"name":"a"}])")), (Texts{"value_error body.sequence_by"}));
  EXPECT_EQ(Problems(With(R"("sequence_by":"a","columns":[{"name":"a","type":"json"}])")),
            (Texts{"value_error body.sequence_by"}));
  EXPECT_EQ(Problems(With(R"("sequence_by":"a","columns":[{"name":"a","type":"integer"}])")), Texts());
}

TEST(DraftCheckTest, AtMostTwoThousandColumns) {
  const auto columns = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i > 0 ? ",{\"name\":\"c" : "{\"name\":\"c") + std::to_string(i) + "\"}";
    return WithColumns(text);
  };
  EXPECT_EQ(Problems(columns(2'000)), Texts());
  EXPECT_EQ(Problems(columns(2'001)), (Texts{"too_long body.columns"}));
}

TEST(DraftCheckTest, WrongValuesOfOptions) {
  EXPECT_EQ(Problems(With(R"("mode":"x")")), (Texts{"enum body.mode"}));
  EXPECT_EQ(Problems(With(R"("mode":1)")), (Texts{"string_type body.mode"}));
  EXPECT_EQ(Problems(With(R"("description":1)")), (Texts{"string_type body.description"}));
  EXPECT_EQ(Problems(With(R"("merge_mode":"x")")), (Texts{"enum body.merge_mode"}));
  EXPECT_EQ(Problems(With(R"("unknown_fields":"x")")), (Texts{"enum body.unknown_fields"}));
  EXPECT_EQ(Problems(With(R"("format":"x")")), (Texts{"enum body.format"}));
  for (const auto* text : {"x", "999ms", "16m", "-1s", ""}) {
    EXPECT_EQ(Problems(With(R"("land_interval":")" + std::string(text) + "\"")),
              (Texts{"value_error body.land_interval"}));
  }
}

TEST(DraftCheckTest, Exports) {
  const auto check =
      Check(With(R"("exports":[{"format":"CSV","path":"daily/x.csv"},{"format":"parquet","path":"x"}])"));
  EXPECT_TRUE(check.problems.empty());
  ASSERT_TRUE(check.draft.exports);
  EXPECT_EQ(*check.draft.exports, (std::vector<lake::Export>{{engine::FileFormat::kCsv, "daily/x.csv"},
                                                             {engine::FileFormat::kParquet, "x"}}));
  EXPECT_EQ(Problems(With(R"("exports":{})")), (Texts{"list_type body.exports"}));
  EXPECT_EQ(
      Problems(With(R"("exports":[1,{"format":"xlsx","path":"a"},{"format":"csv","path":"a"},
                                        {"format":"csv","path":"a"},{"path":7}])")),
      (Texts{"model_attributes_type body.exports.0", "enum body.exports.1.format", "value_error body.exports.3.path",
             "missing body.exports.4.format", "string_type body.exports.4.path"}));
  for (const auto* path : {"", "/a", "a/", "a//b", "..", "a/../b", "./a"}) {
    EXPECT_EQ(Problems(With(R"("exports":[{"format":"csv","path":")" + std::string(path) + "\"}]")),
              (Texts{"value_error body.exports.0.path"}))
        << path;
  }
}

TEST(DraftCheckTest, RetentionsAreGivenAndTakenBack) {
  const auto given = Check(With(R"("tombstone_retention":"7d","bronze_retention":"1h")"));
  EXPECT_TRUE(given.problems.empty());
  EXPECT_EQ(given.draft.tombstone_retention,
            std::optional(std::optional(std::chrono::milliseconds(std::chrono::days(7)))));
  EXPECT_EQ(given.draft.bronze_retention,
            std::optional(std::optional(std::chrono::milliseconds(std::chrono::hours(1)))));
  const auto taken = Check(With(R"("bronze_retention":null)"));
  ASSERT_TRUE(taken.draft.bronze_retention.has_value());
  EXPECT_FALSE(taken.draft.bronze_retention->has_value());
  EXPECT_FALSE(taken.draft.tombstone_retention.has_value()) << "what is left out stays";
  const auto refused = Check(With(R"("quarantine_retention":"30d")"));
  EXPECT_EQ(refused.draft.quarantine_retention,
            std::optional(std::optional(std::chrono::milliseconds(std::chrono::days(30)))));
  const auto for_ever = Check(With(R"("quarantine_retention":null)"));
  ASSERT_TRUE(for_ever.draft.quarantine_retention.has_value());
  EXPECT_FALSE(for_ever.draft.quarantine_retention->has_value());
  EXPECT_EQ(Problems(With(R"("bronze_retention":"0s")")), (Texts{"value_error body.bronze_retention"}));
}

TEST(DraftCheckTest, HowRecordsBecomeRows) {
  const std::string id = R"("columns":[{"name":"id","type":"bigint","primary_key":true}])";
  const auto patch = Check(With(id + R"(,"unknown_fields":"Rescue","merge_mode":"PATCH","soft_delete":true)"));
  EXPECT_TRUE(patch.problems.empty());
  EXPECT_EQ(patch.draft.unknown_fields, UnknownFields::kRescue);
  EXPECT_EQ(patch.draft.merge_mode, MergeMode::kPatch);
  EXPECT_EQ(patch.draft.soft_delete, true);
  EXPECT_EQ(Check(With(id + R"(,"history":"scd2")")).draft.history, History::kScd2);
  EXPECT_FALSE(Check(With(id)).draft.soft_delete);
}

TEST(DraftCheckTest, OptionsThatNeedAKeyOrExcludeEachOther) {
  const std::string id = R"("columns":[{"name":"id","type":"bigint","primary_key":true}])";
  EXPECT_EQ(Problems(With(R"("merge_mode":"patch")")), (Texts{"value_error body.merge_mode"}));
  EXPECT_EQ(Problems(With(R"("soft_delete":true)")), (Texts{"value_error body.soft_delete"}));
  EXPECT_EQ(Problems(With(R"("history":"scd2")")), (Texts{"value_error body.history"}));
  EXPECT_EQ(Problems(With(id + R"(,"history":"scd2","merge_mode":"patch")")), (Texts{"value_error body.history"}));
  EXPECT_EQ(Problems(With(id + R"(,"history":"scd2","soft_delete":true)")), (Texts{"value_error body.history"}));
  EXPECT_EQ(Problems(With(R"("history":"scd2","columns":[{"name":"id","primary_key":true},{"name":"valid_to"}])")),
            (Texts{"value_error body.columns.1.name"}));
}

TEST(DraftCheckTest, TheFormatIsChosenOnce) {
  EXPECT_EQ(Check(With(R"("format":"ICEBERG")")).draft.format, "iceberg");
  Contract present;
  present.domain = "sales";
  present.name = "orders";
  present.format = "delta";
  EXPECT_TRUE(Check(R"({"format":"delta"})", &present).problems.empty());
  EXPECT_EQ(Check(R"({"format":"iceberg"})", &present).problems.size(), 1U);
}

TEST(DraftCheckTest, TheMirrorIsTheOtherFormatAndChosenOnce) {
  EXPECT_EQ(Check(With(R"("mirror":"Iceberg","format":"delta")")).draft.mirror, "iceberg");
  EXPECT_EQ(Problems(With(R"("mirror":"iceberg","format":"iceberg")")), (Texts{"value_error body.mirror"}));
  EXPECT_EQ(Problems(With(R"("mirror":"parquet")")), (Texts{"enum body.mirror"}));
  Contract present;
  present.domain = "sales";
  present.name = "orders";
  present.format = "delta";
  EXPECT_EQ(Check(R"({"mirror":"iceberg"})", &present).problems.size(), 1U);
  present.mirror = "iceberg";
  EXPECT_TRUE(Check(R"({"mirror":"iceberg"})", &present).problems.empty());
  EXPECT_TRUE(Check(R"({"mirror":null})", &present).problems.empty());
  EXPECT_EQ(Check(R"({"mirror":"delta"})", &present).problems.size(), 1U);
}

TEST(DraftCheckTest, PutTakesItsNamesFromThePathAndJudgesTheKeptColumns) {
  Contract present;
  present.domain = "sales";
  present.name = "orders";
  present.columns.resize(1);
  present.columns[0].name = "at";
  const auto check = Check(R"({"name":"Other Name","domain":7,"mode":"nonsense","sequence_by":"at"})", &present);
  EXPECT_TRUE(check.problems.empty());
  EXPECT_EQ(check.draft.name, "orders");
  EXPECT_EQ(check.draft.domain, "sales");
  EXPECT_FALSE(check.draft.mode);
  EXPECT_EQ(Problems(R"({"sequence_by":"gone"})", &present), (Texts{"value_error body.sequence_by"}));
}

}  // namespace
}  // namespace tarn::contract
