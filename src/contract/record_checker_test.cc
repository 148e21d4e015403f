// SPDX-License-Identifier: Apache-2.0
#include "contract/record_checker.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::contract {
namespace {

using ContractPtr = std::shared_ptr<const CompiledContract>;

Column Make(std::string name, std::string_view type) {
  Column column;
  column.name = std::move(name);
  EXPECT_TRUE(ReadTypeWord(type, column)) << type;
  return column;
}

Column Required(Column column) {
  column.required = true;
  return column;
}

Column Key(Column column) {
  column.primary_key = true;
  return column;
}

ContractPtr Compiled(std::vector<Column> columns, Mode mode = Mode::kManual) {
  Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract.mode = mode;
  contract.columns = std::move(columns);
  auto compiled = CompiledContract::Compile(std::move(contract));
  EXPECT_THAT(compiled, IsOk());
  return *compiled;
}

/// What a check gave, in plain values.
struct Seen {
  std::string raw;
  bool valid = true;
  Operation operation = Operation::kUpsert;
  bool is_object = true;
  std::vector<std::string> errors;  ///< "field:type"
};

struct Outcome {
  std::vector<Seen> records;
  std::optional<CheckFailure> failure;
};

Outcome CheckBody(RecordChecker& checker, std::string_view body, const CheckRequest& request,
                  const ContractPtr& contract) {
  Outcome outcome;
  std::string padded(body);
  padded.append(RecordChecker::kPadding, '"');
  outcome.failure = checker.Check(
      std::string_view(padded).substr(0, body.size()), request, *contract, [&](const CheckedRecord& record) {
        EXPECT_EQ(record.index, outcome.records.size());
        Seen seen{std::string(record.raw), record.verdict == Verdict::kValid, record.operation, record.is_object, {}};
        if (record.errors != nullptr) {
          for (const auto& error : *record.errors) seen.errors.push_back(error.field + ":" + error.type);
        }
        outcome.records.push_back(std::move(seen));
      });
  return outcome;
}

Outcome CheckBody(std::string_view body, BodyShape shape, const ContractPtr& contract) {
  RecordChecker checker;
  CheckRequest request;
  request.shape = shape;
  return CheckBody(checker, body, request, contract);
}

/// Error types of one record; "json_invalid" … of the body when it was refused.
std::vector<std::string> ErrorsOf(std::string_view record, const ContractPtr& contract) {
  const auto outcome = CheckBody("{\"data\":" + std::string(record) + "}", BodyShape::kSingle, contract);
  if (outcome.failure) return {outcome.failure->body.type};
  EXPECT_EQ(outcome.records.at(0).raw, record);
  return outcome.records.at(0).errors;
}

/// The error type of one value in a column of a type; empty when it is accepted.
std::string ErrorOf(std::string_view value, std::string_view type) {
  const auto errors = ErrorsOf("{\"v\":" + std::string(value) + "}", Compiled({Make("v", type)}));
  if (errors.empty()) return "";
  return errors[0].starts_with("v:") ? errors[0].substr(2) : errors[0];
}

struct MatrixRow {
  std::string_view types;  ///< comma-separated
  std::vector<std::string> accepted;
  std::vector<std::pair<std::string, std::string>> rejected;
};

const std::vector<MatrixRow> kMatrix{
    {"string,varchar,text",
     {R"("a")", R"("")", "\"\xF0\x9F\x98\x80\"", R"("\u0000")"},
     {{"1", "string_type"}, {"true", "string_type"}, {"[]", "string_type"}, {"{}", "string_type"}}},
    {"integer,bigint,int,long",
     {"1",
      "-1",
      "0",
      "-0",
      "1.0",
      "1e3",
      "1.5e1",
      "true",
      "false",
      R"("123")",
      R"(" 123 ")",
      R"("+5")",
      R"("-5")",
      R"("1.0")",
      R"("1.000")",
      R"("1_000")",
      "9223372036854775807",
      "-9223372036854775808",
      R"("\t7\n")",
      "0e99999",
      "10e-1",
      "9223372036854775807.0",
      R"("1_0.0")",
      R"("\u0031")"},
     {{"1.5", "int_from_float"},
      {"1e-1", "int_from_float"},
      {R"("1.5")", "int_parsing"},
      {R"("abc")", "int_parsing"},
      {R"("")", "int_parsing"},
      {R"(" ")", "int_parsing"},
      {R"("1e3")", "int_parsing"},
      {R"("0x10")", "int_parsing"},
      {R"("1.")", "int_parsing"},
      {R"("_1")", "int_parsing"},
      {R"("1_")", "int_parsing"},
      {R"("1__0")", "int_parsing"},
      {R"("1 0")", "int_parsing"},
      {R"("+-1")", "int_parsing"},
      {"[]", "int_type"},
      {"{}", "int_type"},
      {"9223372036854775808", "int_parsing_size"},
      {"-9223372036854775809", "int_parsing_size"},
      {"1e30", "int_parsing_size"},
      {"1e999999999999999999", "int_parsing_size"},
      {R"("9223372036854775808")", "int_parsing_size"}}},
    {"float,double",
     {"1", "1.5", "-1e-300", "1e-999", R"("1.5")", R"("1e3")", R"(" 2 ")", R"("+2.5")", R"(".5")", R"("5.")", "true",
      "false", "12345678901234567890123456789", "1.7976931348623157e308"},
     {{R"("abc")", "float_parsing"},
      {R"("")", "float_parsing"},
      {R"("1,5")", "float_parsing"},
      {R"("1e")", "float_parsing"},
      {R"(".")", "float_parsing"},
      {R"("0x1p3")", "float_parsing"},
      {"[]", "float_type"},
      {"{}", "float_type"},
      {R"("NaN")", "finite_number"},
      {R"("inf")", "finite_number"},
      {R"("-Infinity")", "finite_number"},
      {"1e309", "finite_number"},
      {R"("-1e400")", "finite_number"}}},
    {"decimal,numeric,decimal(38,9)",
     {"1", "1.5", "12345678901234567890.5", R"("12345678901234567890.123456789")", "1e28", "1e-99", R"("1e3")", "true",
      "0.12345678949999999", "99999999999999999999999999999.999999999"},
     {{R"("abc")", "decimal_parsing"},
      {R"("")", "decimal_parsing"},
      {"[]", "decimal_type"},
      {"{}", "decimal_type"},
      {"1e29", "decimal_whole_digits"},
      {"1e9999999999999", "decimal_whole_digits"},
      {"99999999999999999999999999999.9999999996", "decimal_whole_digits"},
      {R"("NaN")", "finite_number"},
      {R"("Infinity")", "finite_number"}}},
    {"decimal(4,2)",
     {"99.99", "-99.99", "99.994", "0", R"("12.345")"},
     {{"100", "decimal_whole_digits"}, {"99.995", "decimal_whole_digits"}, {R"("x")", "decimal_parsing"}}},
    {"boolean,bool",
     {"true", "false", "1", "0", "1.0", "0.0", "-0", R"("1")", R"("T")", R"("True")", R"("y")", R"("YES")", R"("on")",
      R"("0")", R"("f")", R"("false")", R"("n")", R"("No")", R"("off")"},
     {{"2", "bool_parsing"},
      {"-1", "bool_parsing"},
      {"1e30", "bool_parsing"},
      {R"("abc")", "bool_parsing"},
      {R"("")", "bool_parsing"},
      {R"("2")", "bool_parsing"},
      {"1.5", "bool_type"},
      {"[]", "bool_type"},
      {"{}", "bool_type"}}},
    {"timestamp,datetime",
     {R"("2024-02-29T12:34:56Z")", R"("2024-01-01 12:34")", R"("2024-01-01T12:34:56.123456789+02:00")",
      R"("2024-01-01T12:34:56-0530")", R"("2024-01-01")", R"("2024-01-01T00:00:00")"},
     {{"1", "string_type"},
      {"true", "string_type"},
      {"[]", "string_type"},
      {"{}", "string_type"},
      {R"("2024-13-45")", "datetime_parsing"},
      {R"("2023-02-29")", "datetime_parsing"},
      {R"("banana")", "datetime_parsing"},
      {R"("")", "datetime_parsing"},
      {R"("2024-01-01T24:00")", "datetime_parsing"},
      {R"("2024-01-01T12")", "datetime_parsing"},
      {R"("2024-01-01T12:60")", "datetime_parsing"},
      {R"("2024-01-01T12:00:60")", "datetime_parsing"},
      {R"("2024-01-01T12:00:00.")", "datetime_parsing"},
      {R"("2024-01-01T12:00:00+2")", "datetime_parsing"},
      {R"("2024-01-01T12:00:00 Z")", "datetime_parsing"},
      {R"("2024-1-1")", "datetime_parsing"},
      {R"("0000-01-01")", "datetime_parsing"}}},
    {"date",
     {R"("2024-01-01")", R"("2024-01-01T00:00:00Z")", R"("2024-01-01 00:00")", R"("2024-01-01T00:00:00.000+02:00")"},
     {{"1", "string_type"},
      {"true", "string_type"},
      {"[]", "string_type"},
      {R"("2024-02-30")", "date_parsing"},
      {R"("")", "date_parsing"},
      {R"("x")", "date_parsing"},
      {R"("2024-01-01T00:00:01")", "date_from_datetime_inexact"},
      {R"("2024-01-01T00:00:00.0000001")", "date_from_datetime_inexact"}}},
    {"json",
     {"{}", R"({"a":[1]})"},
     {{"[]", "dict_type"}, {"1", "dict_type"}, {R"("a")", "dict_type"}, {"true", "dict_type"}}},
    {"array", {"[]", "[1,null,{}]"}, {{"{}", "list_type"}, {"1", "list_type"}, {R"("a")", "list_type"}}},
};

std::vector<std::string> Split(std::string_view words) {
  std::vector<std::string> split;
  int depth = 0;
  split.emplace_back();
  for (const char c : words) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      split.emplace_back();
    } else {
      split.back() += c;
    }
  }
  return split;
}

TEST(RecordCheckerTest, ValidationMatrix) {
  for (const auto& row : kMatrix) {
    for (const auto& type : Split(row.types)) {
      for (const auto& value : row.accepted) EXPECT_EQ(ErrorOf(value, type), "") << type << " " << value;
      for (const auto& [value, error] : row.rejected) EXPECT_EQ(ErrorOf(value, type), error) << type << " " << value;
      EXPECT_EQ(ErrorOf("null", type), "") << type;
    }
  }
}

TEST(RecordCheckerTest, NullOnARequiredColumnIsTheTypeErrorOfItsRow) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"string", "string_type"},   {"integer", "int_type"},  {"double", "float_type"},
      {"decimal", "decimal_type"}, {"boolean", "bool_type"}, {"timestamp", "string_type"},
      {"date", "string_type"},     {"json", "dict_type"},    {"array", "list_type"}};
  for (const auto& [type, error] : rows) {
    const auto contract = Compiled({Required(Make("v", type))});
    EXPECT_EQ(ErrorsOf(R"({"v":null})", contract), (std::vector<std::string>{"v:" + std::string(error)}));
    EXPECT_EQ(ErrorsOf("{}", contract), (std::vector<std::string>{"v:missing"}));
  }
}

TEST(RecordCheckerTest, AllErrorsInColumnOrderWithTheFixedMessage) {
  const auto contract =
      Compiled({Key(Make("id", "integer")), Required(Make("name", "string")), Make("amount", "decimal")});
  EXPECT_EQ(ErrorsOf(R"({"amount":"x","id":null,"other":1})", contract),
            (std::vector<std::string>{"id:int_type", "name:missing", "amount:decimal_parsing"}));
  RecordChecker checker;
  std::string body = R"({"data":{}})" + std::string(RecordChecker::kPadding, ' ');
  checker.Check(std::string_view(body).substr(0, 11), {}, *contract, [](const CheckedRecord& record) {
    ASSERT_NE(record.errors, nullptr);
    EXPECT_EQ(record.errors->at(1).message, "Field required");
  });
}

TEST(RecordCheckerTest, DefaultsSatisfyRequiredForAbsentFieldsOnly) {
  auto column = Required(Make("v", "integer"));
  column.default_text = "7";
  const auto contract = Compiled({column});
  EXPECT_TRUE(ErrorsOf("{}", contract).empty());
  EXPECT_EQ(ErrorsOf(R"({"v":null})", contract), (std::vector<std::string>{"v:int_type"}));
}

TEST(RecordCheckerTest, ExactKeysWinOverSnakeCaseFormsAndLaterDuplicatesWin) {
  const auto contract = Compiled({Required(Make("user_id", "integer"))});
  EXPECT_TRUE(ErrorsOf(R"({"userId":1})", contract).empty());
  EXPECT_TRUE(ErrorsOf(R"({"userId":"x","user_id":1})", contract).empty());
  EXPECT_TRUE(ErrorsOf(R"({"user_id":1,"userId":"x"})", contract).empty());
  EXPECT_TRUE(ErrorsOf(R"({"user_id":"x","user_id":1})", contract).empty());
  EXPECT_FALSE(ErrorsOf(R"({"user_id":1,"user_id":"x"})", contract).empty());
  EXPECT_TRUE(ErrorsOf(R"({"user\u005fid":1})", contract).empty());
  EXPECT_FALSE(ErrorsOf(R"({"user\\u005fid":1})", contract).empty());
}

TEST(RecordCheckerTest, KeysWrittenWithEscapesAreNotMistakenForOthers) {
  // Once "a\u0062" is known as text, the escaped spelling of "ab" must not match it.
  const auto contract = Compiled({Required(Make("ab", "integer"))});
  RecordChecker checker;
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  const auto outcome = CheckBody(checker, R"([{"a\\u0062":1},{"a\u0062":1}])", request, contract);
  ASSERT_EQ(outcome.records.size(), 2U);
  EXPECT_FALSE(outcome.records[0].valid);
  EXPECT_TRUE(outcome.records[1].valid);
}

TEST(RecordCheckerTest, ReservedMembersFillNoColumn) {
  const auto contract =
      Compiled({Make("col__raw", "integer"), Make("col__op", "integer"), Make("col__mine", "integer")});
  EXPECT_TRUE(ErrorsOf(R"({"_raw":"x"})", contract).empty());
  EXPECT_EQ(ErrorsOf(R"({"_mine":"x"})", contract), (std::vector<std::string>{"col__mine:int_parsing"}));
}

TEST(RecordCheckerTest, Modes) {
  EXPECT_TRUE(ErrorsOf(R"({"a":{"b":[1]}})", Compiled({})).empty());
  EXPECT_TRUE(ErrorsOf(R"({"_op":7,"a":1})", Compiled({}, Mode::kSingleColumn)).empty());
  auto inferred = Make("a", "integer");
  inferred.inferred = true;
  const auto contract = Compiled({inferred, Required(Make("b", "integer"))}, Mode::kAutoInference);
  EXPECT_TRUE(ErrorsOf(R"({"a":{"x":1},"b":1})", contract).empty());
  EXPECT_EQ(ErrorsOf(R"({"a":"x","b":"y"})", contract), (std::vector<std::string>{"b:int_parsing"}));
}

TEST(RecordCheckerTest, OperationOfTheRecord) {
  const auto contract = Compiled({Key(Make("id", "integer")), Required(Make("name", "string"))});
  RecordChecker checker;
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  const auto outcome =
      CheckBody(checker,
                R"([{"id":1,"_op":"DELETE"},{"id":2,"name":"x","_op":"Upsert"},{"id":3,"name":"x","_op":"drop"},
                               {"id":4,"name":"x","_op":1},{"_op":"delete"},{"id":5,"_op":"delete","_op":"upsert"}])",
                request, contract);
  ASSERT_EQ(outcome.records.size(), 6U);
  EXPECT_TRUE(outcome.records[0].valid);
  EXPECT_EQ(outcome.records[0].operation, Operation::kDelete);
  EXPECT_TRUE(outcome.records[1].valid);
  EXPECT_EQ(outcome.records[1].operation, Operation::kUpsert);
  EXPECT_EQ(outcome.records[2].errors, (std::vector<std::string>{"_op:enum"}));
  EXPECT_EQ(outcome.records[3].errors, (std::vector<std::string>{"_op:enum"}));
  EXPECT_EQ(outcome.records[4].errors, (std::vector<std::string>{"id:missing"}));
  EXPECT_EQ(outcome.records[5].errors, (std::vector<std::string>{"name:missing"}));
  request.operation = Operation::kDelete;
  const auto deleted = CheckBody(checker, R"([{"id":1},{"id":2,"_op":"upsert","name":"x"}])", request, contract);
  EXPECT_EQ(deleted.records.at(0).operation, Operation::kDelete);
  EXPECT_TRUE(deleted.records[0].valid);
  EXPECT_EQ(deleted.records.at(1).operation, Operation::kUpsert);
}

TEST(RecordCheckerTest, DeleteNeedsAKey) {
  const auto contract = Compiled({Make("a", "string")});
  RecordChecker checker;
  CheckRequest request;
  EXPECT_EQ(CheckBody(checker, R"({"data":{"_op":"delete"}})", request, contract).failure->kind,
            CheckFailure::Kind::kDeleteWithoutKey);
  request.operation = Operation::kDelete;
  EXPECT_EQ(CheckBody(checker, R"({"data":{}})", request, contract).failure->kind,
            CheckFailure::Kind::kDeleteWithoutKey);
}

TEST(RecordCheckerTest, WithoutValidationOnlyCastsAndKeysCount) {
  const auto contract = Compiled({Key(Make("id", "integer")), Required(Make("name", "string")), Make("n", "integer")});
  RecordChecker checker;
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  request.validate = false;
  const auto outcome =
      CheckBody(checker, R"([{"id":1},{"id":1,"name":null},{"id":1,"n":"x"},{"name":"a"}])", request, contract);
  ASSERT_EQ(outcome.records.size(), 4U);
  EXPECT_TRUE(outcome.records[0].valid);
  EXPECT_TRUE(outcome.records[1].valid);
  EXPECT_EQ(outcome.records[2].errors, (std::vector<std::string>{"n:int_parsing"}));
  EXPECT_EQ(outcome.records[3].errors, (std::vector<std::string>{"id:missing"}));
}

/// Type and loc of the refusal, joined: "missing body.data".
std::string Refusal(std::string_view body, BodyShape shape) {
  const auto outcome = CheckBody(body, shape, Compiled({}));
  if (!outcome.failure) return "";
  EXPECT_EQ(outcome.failure->kind, CheckFailure::Kind::kBody);
  std::string text = outcome.failure->body.type + " ";
  for (const auto& part : outcome.failure->body.loc) text += (text.ends_with(' ') ? "" : ".") + part;
  return text;
}

TEST(RecordCheckerTest, SingleBodyShapes) {
  EXPECT_EQ(Refusal(R"({"data":{}})", BodyShape::kSingle), "");
  EXPECT_EQ(Refusal(R"({"x":[1],"data":{"a":1},"y":2})", BodyShape::kSingle), "");
  EXPECT_EQ(Refusal(R"({"data":1,"data":{}})", BodyShape::kSingle), "");
  EXPECT_EQ(Refusal(R"({"d\u0061ta":{}})", BodyShape::kSingle), "");
  EXPECT_EQ(Refusal("", BodyShape::kSingle), "json_invalid body");
  EXPECT_EQ(Refusal("{}", BodyShape::kSingle), "missing body.data");
  EXPECT_EQ(Refusal("[]", BodyShape::kSingle), "dict_type body");
  EXPECT_EQ(Refusal("1", BodyShape::kSingle), "dict_type body");
  EXPECT_EQ(Refusal(R"({"data":[]})", BodyShape::kSingle), "dict_type body.data");
  EXPECT_EQ(Refusal(R"({"data":{},"data":null})", BodyShape::kSingle), "dict_type body.data");
  for (const auto* body :
       {"{", "{\"data\":{}", "{\"data\":{}}x", "{\"data\":{\"a\":NaN}}", "{\"data\":{\"a\":[1,}}", "[}",
        "{\"data\":{\"a\":\"\\ud800\"}}", "{\"data\":{}} {}", "\xFF", "{\"data\":{\"a\":\"\xFF\"}}"}) {
    EXPECT_EQ(Refusal(body, BodyShape::kSingle), "json_invalid body") << body;
  }
}

TEST(RecordCheckerTest, TheLastDataMemberIsTheRecord) {
  const auto outcome =
      CheckBody(R"({"data":{"a":"x"},"data":{"a":1}})", BodyShape::kSingle, Compiled({Make("a", "integer")}));
  ASSERT_EQ(outcome.records.size(), 1U);
  EXPECT_EQ(outcome.records[0].raw, R"({"a":1})");
  EXPECT_TRUE(outcome.records[0].valid);
}

TEST(RecordCheckerTest, BatchBodyShapes) {
  for (const auto* body :
       {"[]", "[{}]", R"({"records":[]})", R"({"records":[{}]})", R"({"records":1,"records":[{}]})"}) {
    EXPECT_EQ(Refusal(body, BodyShape::kBatch), "") << body;
  }
  EXPECT_EQ(Refusal("{}", BodyShape::kBatch), "missing body.records");
  EXPECT_EQ(Refusal(R"({"records":{}})", BodyShape::kBatch), "list_type body.records");
  EXPECT_EQ(Refusal(R"({"records":[{}],"records":2})", BodyShape::kBatch), "list_type body.records");
  EXPECT_EQ(Refusal("\"x\"", BodyShape::kBatch), "list_type body");
  EXPECT_EQ(Refusal("[{},1]", BodyShape::kBatch), "dict_type body.1");
  EXPECT_EQ(Refusal(R"({"records":[[]]})", BodyShape::kBatch), "dict_type body.records.0");
  for (const auto* body : {"[{}", "[{},]", "[{}]]", "{\"records\":[{}]", "[{} {}]", "[{\"a\":01}]"}) {
    EXPECT_EQ(Refusal(body, BodyShape::kBatch), "json_invalid body") << body;
  }
}

TEST(RecordCheckerTest, OfRepeatedRecordsMembersTheLastCounts) {
  const auto outcome =
      CheckBody(R"({"records":[{"a":1}],"records":[{"a":2},{"a":3}],"z":"records"})", BodyShape::kBatch, Compiled({}));
  ASSERT_FALSE(outcome.failure);
  ASSERT_EQ(outcome.records.size(), 2U);
  EXPECT_EQ(outcome.records[1].raw, R"({"a":3})");
}

TEST(RecordCheckerTest, LinesAreJudgedEachByItself) {
  const std::string body =
      "{\"a\":1}\n\n  \r\n {\"a\":2} \r\n[1]\nnot "
      "json\n{\"a\":\"open\n{\"a\":3}\n{\"a\":[1,\n{\"a\":4}],\"b\":1}\n{\"a\":5}{}\n{\"a\":6}";
  const auto outcome = CheckBody(body, BodyShape::kNdjson, Compiled({Make("a", "integer")}));
  ASSERT_FALSE(outcome.failure);
  std::vector<std::string> raw;
  std::vector<bool> objects;
  for (const auto& record : outcome.records) {
    raw.push_back(record.raw);
    objects.push_back(record.is_object);
    EXPECT_EQ(record.valid, record.is_object);
  }
  EXPECT_EQ(raw, (std::vector<std::string>{"{\"a\":1}", "{\"a\":2}", "[1]", "not json", "{\"a\":\"open", "{\"a\":3}",
                                           "{\"a\":[1,", "{\"a\":4}],\"b\":1}", "{\"a\":5}{}", "{\"a\":6}"}));
  EXPECT_EQ(objects, (std::vector<bool>{true, true, false, false, false, true, false, false, false, true}));
  EXPECT_EQ(outcome.records[2].errors, (std::vector<std::string>{":json_invalid"}));
}

TEST(RecordCheckerTest, WellFormedLinesStayRecordsBehindABadOneOfWellFormedStrings) {
  const auto outcome = CheckBody("{\"a\":1}\n{\"a\":\n{\"a\":2}\n7\n{\"a\":3}\n", BodyShape::kNdjson, Compiled({}));
  ASSERT_EQ(outcome.records.size(), 5U);
  EXPECT_EQ(outcome.records[1].raw, "{\"a\":");
  EXPECT_FALSE(outcome.records[1].is_object);
  EXPECT_TRUE(outcome.records[2].is_object);
  EXPECT_FALSE(outcome.records[3].is_object);
  EXPECT_EQ(outcome.records[4].raw, "{\"a\":3}");
}

TEST(RecordCheckerTest, LinesThatAreNotUtf8RefuseTheRequest) {
  EXPECT_EQ(Refusal("{\"a\":1}\n{\"a\":\"\xFF\"}\n", BodyShape::kNdjson), "json_invalid body");
  EXPECT_EQ(Refusal("{\"a\":\"\n{\"a\":\"\xFF\"}\n", BodyShape::kNdjson), "json_invalid body");
  EXPECT_EQ(Refusal("", BodyShape::kNdjson), "");
}

TEST(RecordCheckerTest, Limits) {
  const auto contract = Compiled({});
  RecordChecker checker;
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  request.max_records = 2;
  request.max_record_bytes = 10;
  EXPECT_FALSE(CheckBody(checker, "[{},{}]", request, contract).failure);
  EXPECT_EQ(CheckBody(checker, "[{},{},{}]", request, contract).failure->kind, CheckFailure::Kind::kTooManyRecords);
  EXPECT_EQ(CheckBody(checker, R"([{"a":"aaaaaaaa"}])", request, contract).failure->kind,
            CheckFailure::Kind::kRecordTooLarge);
}

TEST(RecordCheckerTest, DeepRecordsAreRefusedNotFollowed) {
  const auto nested = [](size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_EQ(Refusal("{\"data\":{\"a\":" + nested(126) + "}}", BodyShape::kSingle), "");
  EXPECT_EQ(Refusal("{\"data\":{\"a\":" + nested(127) + "}}", BodyShape::kSingle), "json_invalid body");
  EXPECT_EQ(Refusal("{\"data\":{\"a\":" + std::string(100'000, '[') + "}}", BodyShape::kSingle), "json_invalid body");
}

TEST(RecordCheckerTest, FieldsWithoutAColumnAreNoticed) {
  const auto contract = Compiled({Make("unit_price", "integer")});
  std::string body =
      "{\"unit_price\":1}\n{\"unit_price\":1,\"n\":null}\n{\"UnitPrice\":1}\n{}\n{\"_op\":\"upsert\"}\n"
      "{\"UnitPrice\":1,\"unit_price\":2}\n";
  const auto size = body.size();
  body.append(RecordChecker::kPadding, '\0');
  CheckRequest request;
  request.shape = BodyShape::kNdjson;
  std::vector<bool> noticed;
  RecordChecker checker;
  const auto failure = checker.Check(std::string_view(body).substr(0, size), request, *contract,
                                     [&](const CheckedRecord& record) { noticed.push_back(record.has_others); });
  EXPECT_FALSE(failure);
  EXPECT_EQ(noticed, (std::vector<bool>{false, true, false, false, false, true}));
}

TEST(RecordCheckerTest, PlainNumbersAreCheckedAsOthersAre) {
  const auto accepts = [&](const std::string& text) { return ErrorOf(text, "double").empty(); };
  for (const auto* text : {"1", "-1.5", "0.1", "\"1.\"", "\"-2.25\"", "\" 7 \"", "\".5\"", "1e3", "\"1e3\""}) {
    EXPECT_TRUE(accepts(text)) << text;
  }
  for (const auto* text : {"\"1.2.3\"", "\"-\"", "\"\"", "\".\"", "\"1-2\"", "\"--1\"", "1e999", "\"1e999\""}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
  EXPECT_TRUE(accepts(std::string(300, '9')));
  EXPECT_FALSE(accepts(std::string(310, '9')));
  EXPECT_FALSE(accepts("\"" + std::string(310, '9') + "\""));
}

TEST(RecordCheckerTest, ManyDifferentKeysAndContractsStayRight) {
  RecordChecker checker;
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  for (int round = 0; round < 100; ++round) {
    const auto contract = Compiled({Required(Make("c" + std::to_string(round), "integer"))});
    std::string body = "[{";
    for (int i = 0; i < 300; ++i) body += "\"k" + std::to_string(round * 300 + i) + "\":1,";
    body += "\"c" + std::to_string(round) + "\":5},{}]";
    const auto outcome = CheckBody(checker, body, request, contract);
    ASSERT_EQ(outcome.records.size(), 2U);
    EXPECT_TRUE(outcome.records[0].valid);
    EXPECT_FALSE(outcome.records[1].valid);
  }
}

}  // namespace
}  // namespace tarn::contract
