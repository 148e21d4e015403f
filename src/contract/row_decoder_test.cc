// SPDX-License-Identifier: Apache-2.0
#include "contract/row_decoder.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "contract/record_checker.h"

namespace tarn::contract {
namespace {

using table::DataType;
using table::TypeKind;
using ContractPtr = std::shared_ptr<const CompiledContract>;

Column Make(std::string name, std::string_view type) {
  Column column;
  column.name = std::move(name);
  EXPECT_TRUE(ReadTypeWord(type, column)) << type;
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

/// Every column of the contract in its own type, then the evolved ones.
DecodePlan PlanFor(const ContractPtr& contract, std::vector<PayloadColumn> evolved = {}) {
  DecodePlan plan;
  plan.contract = contract;
  const auto& columns = contract->contract().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    plan.columns.push_back({columns[i].name, StorageType(columns[i]), static_cast<int>(i)});
  }
  for (auto& column : evolved) plan.columns.push_back(std::move(column));
  return plan;
}

/// One value as text: strings quoted, NULL as such.
std::string Shown(const table::ColumnView& column, size_t row) {
  if (!column.IsValid(row)) return "NULL";
  switch (column.type->kind) {
    case TypeKind::kBoolean:
      return column.At<uint8_t>(row) != 0 ? "true" : "false";
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return std::to_string(column.At<int32_t>(row));
    case TypeKind::kInt64:
      return std::to_string(column.At<int64_t>(row));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return FormatTimestamp({column.At<int64_t>(row)});
    case TypeKind::kDouble:
      return std::to_string(column.At<double>(row));
    case TypeKind::kDecimal:
      return table::FormatDecimal(column.At<table::Int128>(row), column.type->scale);
    default:
      return "'" + std::string(column.At<std::string_view>(row)) + "'";
  }
}

struct Decoded {
  std::vector<std::string> values;
  DecodedRow row;
};

class Decoder {
 public:
  explicit Decoder(const DecodePlan& plan) : builder_(TypesOf(plan)), decoder_(plan) {}

  Decoded operator()(std::string_view record) {
    builder_.Clear();
    std::string padded(record);
    padded.append(RecordChecker::kPadding, '}');
    auto row = decoder_.Append(std::string_view(padded).substr(0, record.size()), builder_, 0);
    EXPECT_THAT(row, IsOk()) << record;
    Decoded decoded;
    if (row) decoded.row = *row;
    const auto view = builder_.View();
    for (const auto& column : view.columns) decoded.values.push_back(Shown(column, 0));
    return decoded;
  }

 private:
  static std::vector<DataType> TypesOf(const DecodePlan& plan) {
    std::vector<DataType> types;
    for (const auto& column : plan.columns) types.push_back(column.type);
    return types;
  }

  table::BatchBuilder builder_;
  RowDecoder decoder_;
};

using Values = std::vector<std::string>;

/// One declared column's stored value.
std::string Coerced(std::string_view type, std::string_view value) {
  Decoder decode(PlanFor(Compiled({Make("v", type)})));
  const auto decoded = decode("{\"v\":" + std::string(value) + "}");
  EXPECT_EQ(decoded.row.fits, decoded.row.unfit.empty());
  return decoded.values.at(0) + (decoded.row.fits ? "" : " unfit");
}

TEST(RowDecoderTest, DeclaredColumnsAreCoercedByTheMatrix) {
  EXPECT_EQ(Coerced("string", R"("a\u00e9\n")"), "'a\xC3\xA9\n'");
  EXPECT_EQ(Coerced("string", "1"), "NULL unfit");
  EXPECT_EQ(Coerced("integer", R"(" +1_000.0 ")"), "1000");
  EXPECT_EQ(Coerced("integer", "1e3"), "1000");
  EXPECT_EQ(Coerced("integer", "true"), "1");
  EXPECT_EQ(Coerced("integer", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(Coerced("integer", "1.5"), "NULL unfit");
  EXPECT_EQ(Coerced("double", R"("1.5e2")"), "150.000000");
  EXPECT_EQ(Coerced("double", "1e-999"), "0.000000");
  EXPECT_EQ(Coerced("boolean", R"("Off")"), "false");
  EXPECT_EQ(Coerced("boolean", "1.0"), "true");
  EXPECT_EQ(Coerced("timestamp", R"("2024-01-01T12:00:00.1234569+02:30")"), "2024-01-01T09:30:00.123456Z");
  EXPECT_EQ(Coerced("timestamp", R"("2024-01-01")"), "2024-01-01T00:00:00Z");
  EXPECT_EQ(Coerced("timestamp", R"("1969-12-31 23:59:59.999999")"), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(Coerced("date", R"("1970-01-11T00:00:00+05:00")"), "10");
  EXPECT_EQ(Coerced("json", R"({ "a" : [1, "x"] })"), R"('{ "a" : [1, "x"] }')");
  EXPECT_EQ(Coerced("array", "[1 ,2]"), "'[1 ,2]'");
  EXPECT_EQ(Coerced("integer", "null"), "NULL");
}

TEST(RowDecoderTest, DecimalsAreExactAndRoundHalfToEven) {
  EXPECT_EQ(Coerced("decimal", "12345678901234567890.5"), "12345678901234567890.500000000");
  EXPECT_EQ(Coerced("decimal", "99999999999999999999999999999.999999999"), "99999999999999999999999999999.999999999");
  EXPECT_EQ(Coerced("decimal", "-0.1"), "-0.100000000");
  EXPECT_EQ(Coerced("decimal", "1e-9"), "0.000000001");
  EXPECT_EQ(Coerced("decimal", "1e28"), "10000000000000000000000000000.000000000");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.125"), "0.12");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.135"), "0.14");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.1250000000000000000000000000000000000000000001"), "0.13");
  EXPECT_EQ(Coerced("decimal(10,2)", "-0.125"), "-0.12");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.005"), "0.00");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.015"), "0.02");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.0050001"), "0.01");
  EXPECT_EQ(Coerced("decimal(10,2)", "0.004999"), "0.00");
  EXPECT_EQ(Coerced("decimal(10,2)", "2.675e1"), "26.75");
  EXPECT_EQ(Coerced("decimal(3,0)", "999.5"), "NULL unfit");
  EXPECT_EQ(Coerced("decimal(3,0)", "998.5"), "998");
  EXPECT_EQ(Coerced("decimal(38,0)", "99999999999999999999999999999999999999"),
            "99999999999999999999999999999999999999");
  EXPECT_EQ(Coerced("decimal(38,38)", "0.99999999999999999999999999999999999999"),
            "0.99999999999999999999999999999999999999");
  EXPECT_EQ(Coerced("decimal(2,2)", "1"), "NULL unfit");
  EXPECT_EQ(Coerced("decimal", "0." + std::string(5000, '0') + "1"), "0.000000000");
  EXPECT_EQ(Coerced("decimal", "0e99999999999999999999"), "0.000000000");
}

TEST(RowDecoderTest, AbsentFieldsGetTheirDefaultAndNullsDoNot) {
  auto number = Make("n", "integer");
  number.default_text = "7";
  auto time = Make("t", "timestamp");
  time.default_text = "2024-01-01";
  auto json = Make("j", "json");
  json.default_text = "{\"a\":1}";
  auto amount = Make("d", "decimal(10,2)");
  amount.default_text = "1.5";
  Decoder decode(PlanFor(Compiled({number, time, json, amount, Make("s", "string")})));
  EXPECT_EQ(decode("{}").values, (Values{"7", "2024-01-01T00:00:00Z", "'{\"a\":1}'", "1.50", "NULL"}));
  EXPECT_EQ(decode(R"({"n":null,"t":null,"j":null,"d":null})").values, (Values(5, "NULL")));
}

TEST(RowDecoderTest, KeysMatchExactlyOrBySnakeCase) {
  const auto contract = Compiled({Make("user_id", "integer")});
  Decoder decode(PlanFor(contract, {{"userID", table::Scalar(TypeKind::kInt64), -1}}));
  EXPECT_EQ(decode(R"({"userID":1})").values, (Values{"1", "NULL"}));
  EXPECT_EQ(decode(R"({"userID":1,"user_id":2})").values, (Values{"2", "1"}));
  EXPECT_EQ(decode(R"({"user_id":2,"userID":1,"userID":3})").values, (Values{"2", "3"}));
  EXPECT_EQ(decode(R"({"user_id":2,"user_id":4})").values, (Values{"4", "NULL"}));
  const auto several = decode(R"({"userId":5,"userID":6})");
  EXPECT_EQ(several.values, (Values{"5", "6"}));
  EXPECT_EQ(decode(R"({"userID":6,"userId":5})").row.rescued, R"({"userId":5})");
}

TEST(RowDecoderTest, EvolvedColumnsTakeTheirExactKey) {
  const auto kind = [](TypeKind type) { return table::Scalar(type); };
  Decoder decode(PlanFor(Compiled({}), {{"Name", kind(TypeKind::kString), -1},
                                        {"n", kind(TypeKind::kInt64), -1},
                                        {"x", kind(TypeKind::kDouble), -1},
                                        {"d", table::Decimal(38, 9), -1},
                                        {"b", kind(TypeKind::kBoolean), -1},
                                        {"t", kind(TypeKind::kTimestamp), -1},
                                        {"day", kind(TypeKind::kDate), -1},
                                        {"j", kind(TypeKind::kJson), -1}}));
  EXPECT_EQ(
      decode(R"({"j":{"a":1},"day":"1970-01-02","t":"1970-01-02","b":true,"d":1.5,"x":2,"n":3,"Name":"z"})").values,
      (Values{"'z'", "3", "2.000000", "1.500000000", "true", "1970-01-02T00:00:00Z", "1", "'{\"a\":1}'"}));
  EXPECT_EQ(decode("{}").values, Values(8, "NULL"));
}

TEST(RowDecoderTest, StringColumnsTakeTheTextOfScalarsAndJsonColumnsTheirJson) {
  Decoder decode(
      PlanFor(Compiled({}), {{"s", table::Scalar(TypeKind::kString), -1}, {"j", table::Scalar(TypeKind::kJson), -1}}));
  EXPECT_EQ(decode(R"({"s":1.50,"j":1.50})").values, (Values{"'1.50'", "'1.50'"}));
  EXPECT_EQ(decode(R"({"s":true,"j":true})").values, (Values{"'true'", "'true'"}));
  EXPECT_EQ(decode(R"({"s":"a\"b","j":"a\"b"})").values, (Values{"'a\"b'", "'\"a\\\"b\"'"}));
  EXPECT_EQ(decode(R"({"s":[1, 2],"j":[1, 2]})").values, (Values{"'[1, 2]'", "'[1, 2]'"}));
}

TEST(RowDecoderTest, EvolvedValuesThatDoNotFitAreNullAndNamed) {
  Decoder decode(PlanFor(Compiled({}),
                         {{"n", table::Scalar(TypeKind::kInt64), -1}, {"b", table::Scalar(TypeKind::kBoolean), -1}}));
  const auto decoded = decode(R"({"n":"5","b":1})");
  EXPECT_EQ(decoded.values, Values(2, "NULL"));
  EXPECT_FALSE(decoded.row.fits);
  EXPECT_TRUE(decoded.row.unfit.starts_with("n: ")) << decoded.row.unfit;
}

TEST(RowDecoderTest, InferredColumnsAreFilledByTheRulesOfWidening) {
  auto column = Make("v", "integer");
  column.inferred = true;
  const auto contract = Compiled({column}, Mode::kAutoInference);
  DecodePlan plan;
  plan.contract = contract;
  plan.columns = {{"v", table::Scalar(TypeKind::kString), 0}};
  Decoder decode(plan);
  EXPECT_EQ(decode(R"({"v":"x"})").values, (Values{"'x'"}));
  EXPECT_EQ(decode(R"({"v":5})").values, (Values{"'5'"}));
}

TEST(RowDecoderTest, DeclaredValuesMoveIntoWiderTableColumns) {
  const auto contract =
      Compiled({Make("n", "integer"), Make("day", "date"), Make("s", "string"), Make("m", "integer")});
  DecodePlan plan;
  plan.contract = contract;
  plan.columns = {{"n", table::Scalar(TypeKind::kString), 0},
                  {"day", table::Scalar(TypeKind::kTimestamp), 1},
                  {"s", table::Scalar(TypeKind::kJson), 2},
                  {"m", table::Decimal(38, 2), 3}};
  Decoder decode(plan);
  EXPECT_EQ(decode(R"({"n":"+5","day":"1970-01-02","s":"a\"b","m":true})").values,
            (Values{"'5'", "1970-01-02T00:00:00Z", "'\"a\\\"b\"'", "1.00"}));
}

TEST(RowDecoderTest, FieldsWithoutAColumnAreRescued) {
  Decoder decode(PlanFor(Compiled({Make("amount", "integer")}), {{"Note", table::Scalar(TypeKind::kString), -1}}));
  const auto decoded = decode(
      R"({"amount":1,"Note":"n","note":"case","a b":[1, 2],"_raw":"mine","_op":"upsert","":0,"nothing":null,"a b":2})");
  EXPECT_EQ(decoded.values, (Values{"1", "'n'"}));
  EXPECT_EQ(decoded.row.rescued, R"({"note":"case","a b":2,"_raw":"mine","":0})");
  EXPECT_TRUE(decoded.row.fits);
  EXPECT_EQ(decode(R"({"amount":1})").row.rescued, "");
}

TEST(RowDecoderTest, WholeRecordColumn) {
  DecodePlan plan;
  plan.contract = Compiled({}, Mode::kSingleColumn);
  plan.columns = {{"data", table::Scalar(TypeKind::kJson), -1}};
  plan.whole_record_column = true;
  Decoder decode(plan);
  EXPECT_EQ(decode(R"({ "_raw" : 1 })").values, (Values{R"('{ "_raw" : 1 }')"}));
}

TEST(RowDecoderTest, AnythingButAnObjectIsCorruptAndAppendsNothing) {
  const auto plan = PlanFor(Compiled({Make("a", "integer")}));
  RowDecoder decoder(plan);
  table::BatchBuilder builder({table::Scalar(TypeKind::kInt64)});
  for (const std::string text : {"[1]", "{\"a\":1", "{\"a\":1}x", "", "null"}) {
    const auto padded = text + std::string(RecordChecker::kPadding, ' ');
    EXPECT_THAT(decoder.Append(std::string_view(padded).substr(0, text.size()), builder, 0),
                ErrorIs(ErrorCode::kCorrupt));
  }
  EXPECT_EQ(builder.rows(), 0U);
}

/// "name type" of each unknown field.
Values UnknownOf(std::vector<std::string> records,
                 const ContractPtr& contract = Compiled({Make("amount", "integer")})) {
  FieldObserver observer(contract);
  for (auto& record : records) {
    const auto size = record.size();
    record.append(RecordChecker::kPadding, ' ');
    EXPECT_THAT(observer.Observe(std::string_view(record).substr(0, size)), IsOk());
  }
  Values fields;
  for (const auto& field : observer.Unknown()) fields.push_back(field.name + " " + table::SqlTypeName(field.type));
  return fields;
}

TEST(FieldObserverTest, UnknownFieldsInOrderOfAppearance) {
  EXPECT_EQ(UnknownOf({R"({"b":1,"amount":"x","A":true})", R"({"c":"2024-01-01","b":2})"}),
            (Values{"b BIGINT", "A BOOLEAN", "c DATE"}));
  EXPECT_EQ(UnknownOf({R"({"a":null})"}), Values());
  EXPECT_EQ(UnknownOf({R"({"a":null})", R"({"b":1})", R"({"a":1})"}), (Values{"b BIGINT", "a BIGINT"}));
}

TEST(FieldObserverTest, TypesOfOneValue) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"1", "BIGINT"},
      {"1.0", "DOUBLE"},
      {"1e3", "DOUBLE"},
      {"9223372036854775808", "DECIMAL(38,9)"},
      {"12345678901234567890123456789012345678", "DECIMAL(38,0)"},
      {"1234567890123456789012345678901234567890", "VARCHAR"},
      {"true", "BOOLEAN"},
      {"\"x\"", "VARCHAR"},
      {"\"2024-01-01\"", "DATE"},
      {"\"2024-13-01\"", "VARCHAR"},
      {"\"2024-01-01T10:00:00Z\"", "TIMESTAMP WITH TIME ZONE"},
      {"\"2024-01-01T10:00\"", "VARCHAR"},
      {"{}", "JSON"},
      {"[]", "JSON"}};
  for (const auto& [value, type] : rows) {
    EXPECT_EQ(UnknownOf({"{\"v\":" + std::string(value) + "}"}), (Values{"v " + std::string(type)})) << value;
  }
}

TEST(FieldObserverTest, TypesOfMixtures) {
  const auto mixed = [](std::vector<std::string> values) {
    std::vector<std::string> records;
    for (const auto& value : values) records.push_back("{\"v\":" + value + "}");
    return UnknownOf(records).at(0).substr(2);
  };
  EXPECT_EQ(mixed({"1", "1.5"}), "DOUBLE");
  EXPECT_EQ(mixed({"9007199254740992", "1.5"}), "DOUBLE");
  EXPECT_EQ(mixed({"9007199254740993", "1.5"}), "DECIMAL(38,9)");
  EXPECT_EQ(mixed({"1e-30", "9007199254740993"}), "VARCHAR");
  EXPECT_EQ(mixed({"9223372036854775808", "0.5"}), "DECIMAL(38,9)");
  EXPECT_EQ(mixed({"1", "true"}), "VARCHAR");
  EXPECT_EQ(mixed({"1", "\"x\""}), "VARCHAR");
  EXPECT_EQ(mixed({"\"2024-01-01\"", "\"2024-01-01T10:00:00Z\""}), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(mixed({"\"2024-01-01\"", "\"x\""}), "VARCHAR");
  EXPECT_EQ(mixed({"\"2024-01-01\"", "1"}), "VARCHAR");
  EXPECT_EQ(mixed({"[]", "{}"}), "JSON");
  EXPECT_EQ(mixed({"\"x\"", "{}"}), "JSON");
  EXPECT_EQ(mixed({"null", "1", "null"}), "BIGINT");
}

TEST(FieldObserverTest, NamesThatCannotBeColumnsAreLeftOut) {
  EXPECT_EQ(UnknownOf({R"({"AMOUNT2":1,"amount2":2,"Amount":3,"a b":4,"_raw":5,"_op":"upsert","":6,"_mine":7})"}),
            (Values{"AMOUNT2 BIGINT", "_mine BIGINT"}));
  EXPECT_EQ(UnknownOf({R"({"amount":1,"Amount":2})"}), Values());
}

TEST(FieldObserverTest, AtMostTwoThousandColumns) {
  std::string record = "{\"amount\":1";
  for (int i = 0; i < 2'500; ++i) record += ",\"f" + std::to_string(i) + "\":1";
  EXPECT_EQ(UnknownOf({record + "}"}).size(), 1'999U);
}

TEST(FieldObserverTest, InferredColumnsThatNeedAWiderType) {
  auto a = Make("a", "integer"), b = Make("b", "string"), c = Make("c", "date"), d = Make("d", "integer");
  a.inferred = b.inferred = c.inferred = true;
  FieldObserver observer(Compiled({a, b, c, d}, Mode::kAutoInference));
  std::string record = R"({"a":1.5,"b":7,"c":"2024-01-01T10:00:00","d":"x"})";
  const auto size = record.size();
  record.append(RecordChecker::kPadding, ' ');
  ASSERT_THAT(observer.Observe(std::string_view(record).substr(0, size)), IsOk());
  const auto widened = observer.Widened();
  ASSERT_EQ(widened.size(), 2U);
  EXPECT_EQ(widened[0], (std::pair<size_t, DataType>(0, table::Scalar(TypeKind::kDouble))));
  EXPECT_EQ(widened[1], (std::pair<size_t, DataType>(2, table::Scalar(TypeKind::kTimestamp))));
}

TEST(WideningTest, WidenedTypes) {
  const auto wide = [](const DataType& present, const DataType& added) {
    return table::SqlTypeName(WidenedType(present, added));
  };
  const auto integer = table::Scalar(TypeKind::kInt64), real = table::Scalar(TypeKind::kDouble);
  const auto text = table::Scalar(TypeKind::kString), json = table::Scalar(TypeKind::kJson);
  const auto date = table::Scalar(TypeKind::kDate), time = table::Scalar(TypeKind::kTimestamp);
  const auto flag = table::Scalar(TypeKind::kBoolean);
  EXPECT_EQ(wide(integer, integer), "BIGINT");
  EXPECT_EQ(wide(integer, real), "DOUBLE");
  EXPECT_EQ(wide(real, integer), "DOUBLE");
  EXPECT_EQ(wide(integer, table::Decimal(38, 9)), "DECIMAL(38,9)");
  EXPECT_EQ(wide(integer, table::Decimal(10, 2)), "DECIMAL(21,2)");
  EXPECT_EQ(wide(table::Decimal(10, 2), table::Decimal(8, 4)), "DECIMAL(12,4)");
  EXPECT_EQ(wide(table::Decimal(38, 9), table::Decimal(38, 0)), "VARCHAR");
  EXPECT_EQ(wide(table::Decimal(38, 9), real), "DECIMAL(38,9)");
  EXPECT_EQ(wide(table::Decimal(38, 0), real), "VARCHAR");
  EXPECT_EQ(wide(real, table::Decimal(38, 9)), "VARCHAR");
  EXPECT_EQ(wide(date, time), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(wide(time, date), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(wide(flag, integer), "VARCHAR");
  EXPECT_EQ(wide(date, integer), "VARCHAR");
  EXPECT_EQ(wide(text, time), "VARCHAR");
  EXPECT_EQ(wide(integer, json), "JSON");
  EXPECT_EQ(wide(text, json), "JSON");
  EXPECT_EQ(wide(json, flag), "JSON");
}

TEST(WideningTest, CompatibleChanges) {
  const auto integer = table::Scalar(TypeKind::kInt64), real = table::Scalar(TypeKind::kDouble);
  const auto text = table::Scalar(TypeKind::kString), date = table::Scalar(TypeKind::kDate);
  const auto time = table::Scalar(TypeKind::kTimestamp), json = table::Scalar(TypeKind::kJson);
  for (const auto& [from, to] :
       std::vector<std::pair<DataType, DataType>>{{integer, real},
                                                  {integer, table::Decimal(38, 9)},
                                                  {integer, text},
                                                  {real, text},
                                                  {table::Decimal(10, 2), text},
                                                  {table::Decimal(10, 2), table::Decimal(12, 4)},
                                                  {date, time},
                                                  {date, text},
                                                  {json, text},
                                                  {text, text}}) {
    EXPECT_TRUE(IsWidening(from, to)) << table::SqlTypeName(from) << " " << table::SqlTypeName(to);
  }
  for (const auto& [from, to] :
       std::vector<std::pair<DataType, DataType>>{{real, integer},
                                                  {text, integer},
                                                  {text, json},
                                                  {time, date},
                                                  {real, table::Decimal(38, 9)},
                                                  {integer, table::Decimal(10, 2)},
                                                  {table::Decimal(10, 2), table::Decimal(10, 4)},
                                                  {table::Decimal(10, 2), real},
                                                  {integer, date}}) {
    EXPECT_FALSE(IsWidening(from, to)) << table::SqlTypeName(from) << " " << table::SqlTypeName(to);
  }
}

}  // namespace
}  // namespace tarn::contract
