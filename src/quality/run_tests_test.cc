// SPDX-License-Identifier: Apache-2.0
// Data tests on a real engine: what each type counts, and that what cannot be executed is no pass.
#include "quality/run_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "engine/duckdb/duckdb_engine.h"
#include "quality/data_tests_json.h"
#include "store/memory/memory_store.h"

namespace tarn::quality {
namespace {

using testing::HasSubstr;

/// Views by name.
class Views final : public engine::NameResolver {
 public:
  void Set(const engine::TableName& name, const std::string& sql) {
    tables_[name] = engine::Bind({}, engine::View{sql});
  }
  Result<engine::BoundTablePtr> Resolve(const engine::TableName& name,
                                        const std::optional<engine::TimeTravel>&) override {
    const auto found = tables_.find(name);
    if (found == tables_.end()) return Fail(ErrorCode::kNotFound, "no such table");
    return found->second;
  }
  Result<std::vector<std::string>> Domains() override { return std::vector<std::string>{"d"}; }
  Result<std::vector<std::string>> Tables(const std::string&, const std::string&) override {
    return std::vector<std::string>();
  }

 private:
  std::map<engine::TableName, engine::BoundTablePtr> tables_;
};

class RunTestsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(
        engine_, engine::DuckDbEngine::Open({.temp_directory = testing::TempDir() + "tarn_quality"}, store_, views_));
    views_.Set(kTable,
               "SELECT * FROM (VALUES (1, 'a', 10.5, TIMESTAMP '2026-01-01 00:00:00'), (2, 'b', -1, NULL), "
               "(2, NULL, NULL, TIMESTAMP '2026-01-02 12:00:00'), (NULL, 'x', 3, NULL)) t(id, word, amount, seen)");
    views_.Set({"d", "gold", "parent"}, "SELECT 1 AS id");
  }

  /// Results of tests as a job would give them.
  std::vector<TestResult> Run(const char* json) {
    std::vector<TestProblem> problems;
    const auto parsed = codec::ParseJson(json);
    EXPECT_THAT(parsed, IsOk()) << json;
    const auto tests = ReadTests(*parsed, kTable, *engine_, problems);
    for (const auto& problem : problems) ADD_FAILURE() << problem.member << ": " << problem.message;
    return RunTests(tests);
  }
  std::vector<TestResult> RunTests(const std::vector<quality::Test>& tests) {
    const auto workspace = engine_->OpenWorkspace({});
    EXPECT_THAT(workspace, IsOk());
    return quality::RunTests({*engine_, **workspace, kTable, tests, clock_});
  }

  /// "pass 0", "fail 3", "error: why".
  std::string Outcome(const char* test) {
    const auto results = Run(("[" + std::string(test) + "]").c_str());
    if (results.size() != 1) return "no result";
    const auto count = results[0].failures ? " " + std::to_string(*results[0].failures) : "";
    const bool is_error = results[0].status == TestStatus::kError;
    return std::string(TestStatusName(results[0].status)) + (is_error ? ": " + results[0].message : count);
  }

  const engine::TableName kTable{"d", "gold", "t"};
  ManualClock clock_{*ParseTimestamp("2026-01-03T00:00:00Z")};
  store::MemoryStore store_;
  Views views_;
  std::unique_ptr<engine::DuckDbEngine> engine_;
};

TEST_F(RunTestsTest, EveryTypeCountsItsFailingRows) {
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"word"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"not_null","columns":["id","word","amount"]})json"), "fail 2");
  EXPECT_EQ(Outcome(R"json({"type":"unique","column":"id"})json"), "fail 1") << "one value occurs twice";
  EXPECT_EQ(Outcome(R"json({"type":"unique","columns":["id","word"]})json"), "pass 0") << "a null is equal to nothing";
  EXPECT_EQ(Outcome(R"json({"type":"accepted_values","column":"word","values":["a","b"]})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"accepted_values","column":"id","values":[1,2]})json"), "pass 0");
  EXPECT_EQ(Outcome(R"json({"type":"relationships","column":"id","to":"parent","field":"id"})json"), "fail 2");
  EXPECT_EQ(Outcome(R"json({"type":"range","column":"amount","min":0})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"range","column":"amount","min":-1,"max":10})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"range","column":"seen","min":"2026-01-02"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"regex","column":"word","pattern":"^[ab]$"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"row_count","min":4,"max":4})json"), "pass 0");
  EXPECT_EQ(Outcome(R"json({"type":"row_count","min":5})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"freshness","column":"seen","max_age":"13h"})json"), "pass 0");
  EXPECT_EQ(Outcome(R"json({"type":"freshness","column":"seen","max_age":"11h"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"expression","expression":"amount > 0 -- as always"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"sql","query":"SELECT * FROM d.gold.t WHERE id = 2;"})json"), "fail 2");
}

TEST_F(RunTestsTest, AConditionLeavesRowsOut) {
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"word","where":"id = 1 OR id IS NULL"})json"), "pass 0");
  EXPECT_EQ(Outcome(R"json({"type":"unique","column":"id","where":"word IS NOT NULL"})json"), "pass 0");
  EXPECT_EQ(Outcome(R"json({"type":"row_count","max":1,"where":"id = 2"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"sql","query":"SELECT * FROM d.gold.t","where":"id = 2"})json"), "fail 2");
}

TEST_F(RunTestsTest, CountsAreExactAboveAnyNumber) {
  views_.Set(kTable, "SELECT CASE WHEN i < 123456 THEN NULL ELSE i END AS id FROM range(200000) t(i)");
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"id"})json"), "fail 123456");
}

TEST_F(RunTestsTest, ThresholdsAndSeverityDecideTheStatus) {
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"word","severity":"warn"})json"), "warn 1");
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"word","error_if":">1"})json"), "warn 1");
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"word","error_if":">1","warn_if":">1"})json"), "pass 1");
  EXPECT_EQ(Outcome(R"json({"type":"not_null","column":"word","error_if":">=1","warn_if":">5"})json"), "fail 1");
  EXPECT_EQ(Outcome(R"json({"type":"sql","query":"SELECT 7 AS n","fail_calc":"sum(n)"
})json"),
            "fail 7");
}

TEST_F(RunTestsTest, WhatCannotBeExecutedIsAnErrorAndOthersRun) {
  const auto results = Run(
      R"json([{"type":"not_null","column":"nothing"}, {"type":"sql","query":"SELECT 1 FROM d.gold.t WHERE id = CAST('boom' AS INTEGER)"},
                               {"type":"sql","query":"SELECT 1 WHERE false","fail_calc":"sum(1)"},
                               {"type":"relationships","column":"id","to":"missing","field":"id","severity":"warn"},
                               {"type":"row_count","min":1}])json");
  ASSERT_EQ(results.size(), 5U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(results[i].status, TestStatus::kError) << i;
    EXPECT_FALSE(results[i].failures.has_value());
    EXPECT_FALSE(results[i].message.empty());
    EXPECT_FALSE(MayPublish({results[i]}));
  }
  EXPECT_THAT(results[0].message, HasSubstr("nothing"));
  EXPECT_THAT(results[1].message, HasSubstr("boom"));
  EXPECT_EQ(results[4].status, TestStatus::kPass);
}

TEST_F(RunTestsTest, SqlOfATestIsJudgedAsAQuery) {
  quality::Test test;
  test.name = "sly";
  test.query = "SELECT * FROM read_text('/etc/passwd')";
  const auto results = RunTests(std::vector{test});
  EXPECT_EQ(results[0].status, TestStatus::kError);
  EXPECT_THAT(results[0].message, HasSubstr("file access"));
}

TEST_F(RunTestsTest, FailingRowsAreKeptOnRequestUpToABound) {
  views_.Set(kTable, "SELECT i AS id, 'w' || i AS word FROM range(1000) t(i)");
  const auto results = Run(R"json([{"type":"range","column":"id","max":899,"store_failures":true},
                               {"type":"range","column":"id","max":899}])json");
  EXPECT_EQ(results[0].failures, 100) << results[0].message;
  ASSERT_EQ(results[0].rows.size(), kKeptRows);
  EXPECT_EQ(results[0].rows[0].at("word"), "w" + results[0].rows[0].at("id").dump());
  EXPECT_TRUE(results[1].rows.empty());
}

TEST_F(RunTestsTest, AnInputOfItsNameIsTestedInPlaceOfTheTable) {
  ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
  ASSERT_THAT(workspace->AddInput(kTable.ToString(), engine::Bind({}, engine::View{"SELECT NULL AS id"})), IsOk());
  quality::Test test;
  test.type = TestType::kNotNull;
  test.columns = {"id"};
  quality::Test custom;
  custom.query = "SELECT * FROM d.gold.t WHERE id IS NULL";
  const std::vector tests{test, custom};
  const auto results = quality::RunTests({*engine_, *workspace, kTable, tests, clock_});
  EXPECT_EQ(results[0].failures, 1);
  EXPECT_EQ(results[1].failures, 1);
  EXPECT_EQ(Outcome(R"json({"type":"row_count","min":4,"max":4})json"), "pass 0") << "in that workspace only";
}

class ReadTestsTest : public RunTestsTest {
 protected:
  /// What is wrong with a list: "0.member type".
  std::vector<std::string> Problems(const char* json) {
    std::vector<TestProblem> problems;
    ReadTests(*codec::ParseJson(json), kTable, *engine_, problems);
    std::vector<std::string> texts;
    for (const auto& one : problems) texts.push_back(std::to_string(one.index) + "." + one.member + " " + one.type);
    return texts;
  }
};

TEST_F(ReadTestsTest, EveryTestGetsTheNameOfItsKind) {
  std::vector<TestProblem> problems;
  const auto tests = ReadTests(*codec::ParseJson(R"json([{"type":"UNIQUE","columns":["id","word"]},
      {"type":"expression","expression":"true"}, {"type":"expression","expression":"1 = 1"},
      {"type":"row_count","min":1,"name":"expression_t"}])json"),
                               kTable, *engine_, problems);
  ASSERT_EQ(tests.size(), 4U);
  EXPECT_EQ(tests[0].name, "unique_t_id_word");
  EXPECT_EQ(tests[1].name, "expression_t_2") << "the first name is taken";
  EXPECT_EQ(tests[2].name, "expression_t_3");
  ASSERT_OK_AND_ASSIGN(const auto again, DecodeTests(TestsToJson(tests), kTable));
  EXPECT_EQ(TestsToJson(again).dump(), TestsToJson(tests).dump());
}

TEST_F(ReadTestsTest, WhatDoesNotFitIsNamed) {
  using testing::ElementsAre;
  EXPECT_THAT(Problems(R"json([5])json"), ElementsAre("0. dict_type"));
  EXPECT_THAT(Problems(R"json([{}])json"), ElementsAre("0.type missing"));
  EXPECT_THAT(Problems(R"json([{"type":"odd"}])json"), ElementsAre("0.type enum"));
  EXPECT_THAT(Problems(R"json([{"type":"not_null"}])json"), ElementsAre("0.column missing"));
  EXPECT_THAT(Problems(R"json([{"type":"range","columns":["a","b"],"min":1}])json"),
              ElementsAre("0.columns value_error"));
  EXPECT_THAT(Problems(R"json([{"type":"range","column":"a"}])json"), ElementsAre("0.min missing"));
  EXPECT_THAT(Problems(R"json([{"type":"accepted_values","column":"a","values":[]}])json"),
              ElementsAre("0.values list_type"));
  EXPECT_THAT(Problems(R"json([{"type":"relationships","column":"a"}])json"),
              ElementsAre("0.to missing", "0.field missing"));
  EXPECT_THAT(Problems(R"json([{"type":"freshness","column":"a","max_age":"soon"}])json"),
              ElementsAre("0.max_age value_error"));
  EXPECT_THAT(Problems(R"json([{"type":"row_count","min":1,"error_if":"many"}])json"),
              ElementsAre("0.error_if value_error"));
  EXPECT_THAT(Problems(R"json([{"type":"row_count","min":1,"severity":"bad"}])json"), ElementsAre("0.severity enum"));
  EXPECT_THAT(Problems(R"json([{"type":"sql","query":"DROP TABLE x"}])json"), ElementsAre("0.query value_error"));
  EXPECT_THAT(Problems(R"json([{"type":"expression","expression":"a >"}])json"),
              ElementsAre("0.expression value_error"));
  EXPECT_THAT(Problems(R"json([{"type":"expression","expression":"a > ?"}])json"),
              ElementsAre("0.expression value_error"));
  EXPECT_THAT(Problems(R"json([{"type":"row_count","min":1,"name":"n"},{"type":"row_count","min":1,"name":"n"}])json"),
              ElementsAre("1.name value_error"));
}

}  // namespace
}  // namespace tarn::quality
