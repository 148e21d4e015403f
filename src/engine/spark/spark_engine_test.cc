// SPDX-License-Identifier: Apache-2.0
// A program that does what a script of the test says stands for spark-sql, and files that say of themselves what they
// hold for Parquet. Spark itself is asked in tests/interop.

#include "engine/spark/spark_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/result_matchers.h"
#include "engine/spark/spark_script.h"
#include "engine/spark/spark_types.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "store/temp_directory_testing.h"
#include "table/batch.h"

namespace tarn::engine {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// The numbers of a file "1 2 3", as the column n.
class Numbers final : public RowReader {
 public:
  explicit Numbers(const std::string& text) {
    std::istringstream words(text);
    for (int64_t value = 0; words >> value;) builder_.column(0).AppendInt64(value);
  }
  Result<bool> Next(table::BatchView& batch) override {
    if (std::exchange(was_read_, true)) return false;
    batch = builder_.View();
    return true;
  }

 private:
  table::BatchBuilder builder_{{table::Scalar(table::TypeKind::kInt64)}};
  bool was_read_ = false;
};

class NumberFiles final : public ParquetFiles, public ParquetNotes {
 public:
  explicit NumberFiles(store::ObjectStore& store) : store_(store) {}
  Result<OpenedFile> Open(const std::string& key, uint64_t) override {
    TARN_ASSIGN(const auto text, store_.Get(key));
    OpenedFile file;
    table::Field field;
    field.name = "n";
    field.type = table::Scalar(table::TypeKind::kInt64);
    file.schema.fields.push_back(field);
    file.rows = std::make_unique<Numbers>(text);
    return file;
  }
  Result<std::map<std::string, std::string>> Notes(const std::string&) override { return notes; }

  std::map<std::string, std::string> notes{
      {kSparkSchemaNote, R"({"type":"struct","fields":[{"name":"n","type":"long"}]})"}};

 private:
  store::ObjectStore& store_;
};

class SparkEngineTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, store::LocalStore::Open(disk_, {.root = root_.path() + "/lake"}));
    files_ = std::make_unique<NumberFiles>(*store_);
    const auto remove = [](const std::string& path) { fs::remove_all(path); };
    folders_ = std::make_unique<ResultFolders>(ResultFolders::Dependencies{*store_, randomness_, remove});
  }

  /// What spark-sql does; $folder is where the rows go, $statement what it is told.
  SparkEngine Engine(const std::string& script) {
    const auto path = root_.path() + "/spark-sql.sh";
    std::ofstream(path) << "for last; do :; done\n"
                           R"(statement=$(sed 's/\\u005c/\\/g; s/\\u003a/:/g; s/\\u002f/\//g; s/\\u002d/-/g;)"
                           R"( s/\\u0027/"/g; s/\\u000a/ /g' "$last"))"
                           "\n"
                           R"x(folder=$(echo "$statement" | sed 's/.*DIRECTORY "file:\([^"]*\)".*/\1/'))x"
                           "\nmkdir -p \"$folder\"\n"
                        << script << "\n";
    return SparkEngine({*folders_, *files_, *files_, randomness_},
                       {{"sh", path, "--master", "local"}, "la`ke", {"PATH=/usr/bin:/bin"}, root_.path() + "/scratch"});
  }

  static RemoteQuery Query(std::chrono::milliseconds timeout = std::chrono::seconds(60), std::stop_token stop = {}) {
    return {"SELECT 1", "sales.daily.7", std::chrono::steady_clock::now() + timeout, std::move(stop)};
  }

  /// Objects of the lake and files of scratch folders.
  size_t LeftOver() const {
    size_t count = 0;
    for (const auto* place : {"/lake/_control/results", "/scratch"}) {
      std::error_code none;
      for (const auto& entry : fs::directory_iterator(root_.path() + place, none)) {
        static_cast<void>(entry);
        ++count;
      }
    }
    return count;
  }

  static std::vector<int64_t> Rows(RowSource& rows) {
    std::vector<int64_t> values;
    const std::vector<size_t> columns{0};
    for (size_t unit = 0; unit < rows.unit_count(); ++unit) {
      auto reader = rows.Open(unit, columns);
      table::BatchView batch;
      while (*(*reader)->Next(batch)) {
        for (size_t row = 0; row < batch.rows; ++row) values.push_back(batch.columns[0].At<int64_t>(row));
      }
    }
    return values;
  }

  store::TempDirectory root_;
  store::PosixDisk disk_;
  SeededRandomness randomness_{11};
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<NumberFiles> files_;
  std::unique_ptr<ResultFolders> folders_;
};

TEST_F(SparkEngineTest, FilesThatItLeavesAreTheRowsAndGoWithThem) {
  auto engine = Engine(
      "echo 1 2 > $folder/part-0.parquet; echo 3 > $folder/part-1.parquet; echo x > $folder/_SUCCESS;"
      " echo \"$statement\" > " +
      root_.path() + "/told; echo \"$*\" > " + root_.path() + "/words; pwd > where");
  {
    ASSERT_OK_AND_ASSIGN(const auto rows, engine.Query(Query()));
    EXPECT_EQ(rows->unit_count(), 2U);
    EXPECT_EQ(rows->schema().fields.at(0).id, 1);
    EXPECT_THAT(Rows(*rows), ElementsAre(1, 2, 3));
    EXPECT_EQ(LeftOver(), 1U) << "the script is gone, the rows are held";
  }
  EXPECT_EQ(LeftOver(), 0U);
  std::ifstream told(root_.path() + "/told");
  std::string statement;
  std::getline(told, statement);
  EXPECT_THAT(statement, StartsWith("EXECUTE IMMEDIATE '"));
  EXPECT_THAT(statement, HasSubstr(" USING parquet SELECT 1"));
  std::ifstream words_file(root_.path() + "/words");
  std::string words;
  std::getline(words_file, words);
  EXPECT_THAT(words, StartsWith("--master local --conf "));
  EXPECT_THAT(words, HasSubstr("--conf spark.sql.variable.substitute=false"));
}

TEST_F(SparkEngineTest, FailuresLeaveNothing) {
  auto wrong = Engine("echo 1 > $folder/x.parquet; echo '[NO_COLUMN] nope SQLSTATE: 42703' >&2; exit 1");
  EXPECT_THAT(wrong.Query(Query()), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(LeftOver(), 0U);
  auto silent = Engine("exit 0");
  EXPECT_THAT(silent.Query(Query()), ErrorIs(ErrorCode::kInternal));
  auto slow = Engine("echo 1 > $folder/x.parquet; sleep 600");
  const auto late = slow.Query(Query(std::chrono::milliseconds(300)));
  ASSERT_THAT(late, ErrorIs(ErrorCode::kDeadlineExceeded));
  EXPECT_THAT(late.error().message, HasSubstr("timeout"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(slow.Query(Query(std::chrono::seconds(60), stop.get_token())), ErrorIs(ErrorCode::kCancelled));
  EXPECT_EQ(LeftOver(), 0U);
  SparkEngine missing({*folders_, *files_, *files_, randomness_},
                      {{"no-such-spark"}, "tarn", {}, root_.path() + "/scratch"});
  const auto refused = missing.Query(Query());
  ASSERT_THAT(refused, ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(refused.error().message, HasSubstr("no-such-spark"));
}

TEST_F(SparkEngineTest, TypesWithoutAPlaceAreRefusedByTheColumnsName) {
  const auto refusal = [&](const std::string& type) {
    files_->notes[kSparkSchemaNote] =
        R"({"type":"struct","fields":[{"name":"a","type":"long"},{"name":"b","type":)" + type + "}]}";
    auto engine = Engine("echo 1 > $folder/x.parquet");
    const auto rows = engine.Query(Query());
    return rows ? std::string() : rows.error().ToString();
  };
  EXPECT_EQ(refusal("\"decimal(38,9)\""), "");
  EXPECT_EQ(refusal(R"({"type":"map","keyType":"string","valueType":{"type":"array","elementType":"timestamp_ntz"}})"),
            "");
  EXPECT_THAT(refusal(R"("interval day to second")"), HasSubstr("column b of the result is of type interval day"));
  EXPECT_THAT(refusal(R"({"type":"array","elementType":"variant"})"),
              HasSubstr("column b of the result is of type variant"));
  EXPECT_THAT(refusal(R"({"type":"struct","fields":[{"name":"c","type":"void"}]})"), HasSubstr("column b.c of the"));
  EXPECT_THAT(refusal(R"({"type":"udt","class":"x"})"), HasSubstr("column b of the result is of type udt"));
  files_->notes.clear();
  auto engine = Engine("echo 1 > $folder/x.parquet");
  EXPECT_THAT(engine.Query(Query()), ErrorIs(ErrorCode::kInternal));
}

TEST_F(SparkEngineTest, TablesAreNamedByLevelAndVersion) {
  const auto engine = Engine("");
  EXPECT_EQ(engine.TableText({{"shop", "silver", "orders"}, 42, false}),
            "`la``ke`.`shop`.`silver`.`orders` VERSION AS OF 42");
  EXPECT_EQ(engine.TableText({{"lab", "external", "deep.er.samples"}, 1, true}),
            "`la``ke`.`lab`.`deep`.`er`.`samples` VERSION AS OF 1");
  EXPECT_EQ(engine.TableText({{"shop", "silver", "orders"}, std::nullopt, true}),
            "(SELECT * FROM `la``ke`.`shop`.`silver`.`orders` WHERE 1 = 0)");
  EXPECT_EQ(engine.TableText({{"lab", "external", "deep.samples"}, std::nullopt, false}),
            "(SELECT * FROM `la``ke`.`lab`.`deep`.`samples` WHERE 1 = 0) AS `samples`");
  EXPECT_EQ(engine.TimeText({1'500'000}, true), "TIMESTAMP_LTZ '1970-01-01 00:00:01.500000 UTC'");
  EXPECT_EQ(engine.TimeText({0}, false), "TIMESTAMP_NTZ '1970-01-01 00:00:00'");
}

TEST(SparkScriptTest, NoCharacterOfAQueryHasAMeaningInTheScript) {
  EXPECT_EQ(SparkLiteral("a'b;\n--"), R"('a\u0027b\u003b\u000a\u002d\u002d')");
  EXPECT_EQ(SparkLiteral("é😀€"), R"('\u00e9\ud83d\ude00\u20ac')");
  const auto script = SparkScript("SELECT '${env:HOME}' AS \"x\"; !sh", "file:/a b");
  EXPECT_EQ(script.find_first_of("$;!\"\n{"), script.size() - 1);
  EXPECT_THAT(script,
              StartsWith(R"(EXECUTE IMMEDIATE 'INSERT OVERWRITE DIRECTORY \u0027file\u005cu003a\u005cu002fa b\u0027)"));
}

}  // namespace
}  // namespace tarn::engine
