// SPDX-License-Identifier: Apache-2.0
// list<type> and struct<name:type,…>: their text, what keeps a contract from being saved, records checked and decoded,
// and which changes are compatible.
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "contract/compatibility.h"
#include "contract/contract_rules.h"
#include "contract/record_checker.h"
#include "contract/row_decoder.h"
#include "table/value_json.h"

namespace tarn::contract {
namespace {

using table::DataType;
using table::TypeKind;
using Texts = std::vector<std::string>;

Column Make(std::string name, std::string_view type) {
  Column column;
  column.name = std::move(name);
  EXPECT_TRUE(ReadTypeWord(type, column)) << type;
  return column;
}

Contract With(std::vector<Column> columns, UnknownFields unknown = UnknownFields::kEvolve) {
  Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract.columns = std::move(columns);
  contract.unknown_fields = unknown;
  return contract;
}

constexpr std::string_view kItems = "list<struct<sku:string,qty:integer>>";

// Type words.

std::string ReadBack(std::string_view word) {
  Column column;
  column.precision = 7;
  return ReadTypeWord(word, column) ? TypeWord(column) : "refused";
}

std::string Lists(size_t depth) {
  std::string word;
  for (size_t i = 0; i < depth; ++i) word += "list<";
  return word + "integer" + std::string(depth, '>');
}

TEST(NestedTypesTest, WordsAreReadInAnyCaseWithBlanksAndAliasesAndWrittenInOneForm) {
  EXPECT_EQ(ReadBack(kItems), kItems);
  EXPECT_EQ(ReadBack(" LIST < Struct< sku : TEXT , qty :int, price: numeric( 10 , 2 ) > > "),
            "list<struct<sku:string,qty:bigint,price:decimal(10,2)>>");
  EXPECT_EQ(ReadBack("struct<a:struct<b:list<decimal>>,c:json>"), "struct<a:struct<b:list<decimal>>,c:json>");
}

TEST(NestedTypesTest, OtherTextsAreNoTypes) {
  for (const auto* word : {"list",
                           "struct",
                           "list<>",
                           "list<integer",
                           "list<integer>>",
                           "list integer",
                           "struct<>",
                           "struct<a>",
                           "struct<a:>",
                           "struct<a:integer,>",
                           "struct<a:integer b:integer>",
                           "list<integer,integer>",
                           "list<complex>",
                           "integer<a:integer>",
                           "list(integer)",
                           "map<a:b>",
                           "decimal(",
                           "decimal(10)",
                           "decimal(0,0)",
                           "decimal(39,0)",
                           "decimal(2,3)",
                           "list<decimal(10)>",
                           "struct<a,b:integer>",
                           "",
                           "<"}) {
    EXPECT_EQ(ReadBack(word), "refused") << word;
  }
}

TEST(NestedTypesTest, AWordThatIsRefusedChangesNothing) {
  auto column = Make("c", "decimal(10,2)");
  EXPECT_FALSE(ReadTypeWord("list<nothing>", column));
  EXPECT_EQ(TypeWord(column), "decimal(10,2)");
}

TEST(NestedTypesTest, DepthIsBounded) {
  EXPECT_EQ(ReadBack(Lists(kMaxTypeDepth)), Lists(kMaxTypeDepth));
  EXPECT_EQ(ReadBack(Lists(kMaxTypeDepth + 1)), "refused");
  EXPECT_EQ(ReadBack(Lists(100'000)), "refused");
}

TEST(NestedTypesTest, StorageKeepsTheShape) {
  EXPECT_EQ(table::SqlTypeName(StorageType(Make("c", "list<struct<sku:string,at:timestamp,n:list<decimal(5,1)>>>"))),
            "STRUCT(sku VARCHAR, at TIMESTAMP WITH TIME ZONE, n DECIMAL(5,1)[])[]");
}

// Rules.

Texts IssuesOf(const Contract& contract) {
  Texts issues;
  for (const auto& issue : CheckContract(contract)) issues.push_back(issue.member + ": " + issue.message);
  return issues;
}

TEST(NestedTypesTest, FieldsAreNamedAsColumnsAre) {
  EXPECT_EQ(IssuesOf(With({Make("a", "struct<Sku:string>")})),
            (Texts{"type: Value error, a field of a struct must be snake_case (^[a-z][a-z0-9_]*$): 'Sku'"}));
  EXPECT_EQ(IssuesOf(With({Make("a", "list<struct<b:struct<c:integer,c:integer>>>")})),
            (Texts{"type: Value error, duplicate field of a struct: 'c'"}));
  EXPECT_EQ(IssuesOf(With({Make("a", "struct<a:integer,element:list<integer>>")})), Texts());
}

TEST(NestedTypesTest, NestedColumnsAreNoKeysAndOrderNothing) {
  auto contract = With({Make("id", "integer"), Make("items", kItems)});
  contract.sequence_by = "items";
  EXPECT_EQ(IssuesOf(contract).size(), 1U);
  contract.sequence_by.reset();
  contract.columns[1].primary_key = true;
  EXPECT_EQ(IssuesOf(contract), (Texts{"type: Value error, a column of type " + std::string(kItems) +
                                       " cannot be a primary key: 'items'"}));
}

TEST(NestedTypesTest, FieldsAreCounted) {
  std::string word = "struct<f0:integer";
  for (size_t i = 1; i < kMaxStructFields; ++i) word += ",f" + std::to_string(i) + ":integer";
  EXPECT_EQ(IssuesOf(With({Make("a", word + ">")})), Texts());
  EXPECT_EQ(IssuesOf(With({Make("a", word + ",g:integer>")})),
            (Texts{"type: Value error, a struct has at most 256 fields"}));
  std::vector<Column> columns;
  for (int i = 0; i < 8; ++i) columns.push_back(Make("c" + std::to_string(i), word + ">"));
  EXPECT_EQ(IssuesOf(With(columns)),
            (Texts{"columns: Columns and fields within them should be at most 2000, not 2056"}));
}

TEST(NestedTypesTest, ADefaultIsJsonThatFits) {
  auto column = Make("items", kItems);
  column.default_text = R"( [{"sku":"a","qty":"2"}] )";
  EXPECT_THAT(CastDefault(column), IsOk());
  for (const auto* text : {"a", "[1]", R"([{"qty":"x"}])", R"([{"other":1}])", R"({"sku":"a"})"}) {
    column.default_text = text;
    EXPECT_THAT(CastDefault(column), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

// Records checked.

Texts ErrorsOf(const Contract& contract, std::string_view record) {
  const auto compiled = CompiledContract::Compile(contract);
  EXPECT_THAT(compiled, IsOk());
  auto operation = Operation::kUpsert;
  Texts errors;
  for (const auto& error : CheckRecord(record, **compiled, operation)) {
    errors.push_back(error.field + ": " + error.type);
  }
  return errors;
}

TEST(NestedTypesTest, LeavesAreCheckedByTheirTypes) {
  const auto contract = With({Make("items", kItems), Make("tags", "list<string>")});
  EXPECT_EQ(ErrorsOf(contract, R"({"items":[{"sku":"a","qty":"1"},null,{},{"qty":null}],"tags":["a",null]})"), Texts());
  EXPECT_EQ(ErrorsOf(contract, R"({"items":[],"tags":null})"), Texts());
  EXPECT_EQ(ErrorsOf(contract, R"({"items":[{"sku":1,"qty":1.5},{"qty":"x"}],"tags":[1]})"),
            (Texts{"items.0.sku: string_type", "items.0.qty: int_from_float", "items.1.qty: int_parsing",
                   "tags.0: string_type"}));
  EXPECT_EQ(ErrorsOf(contract, R"({"items":{"sku":"a"},"tags":"a"})"), (Texts{"items: list_type", "tags: list_type"}));
  EXPECT_EQ(ErrorsOf(contract, R"({"items":[[]]})"), (Texts{"items.0: dict_type"}));
}

TEST(NestedTypesTest, ARequiredOneMayHoldNulls) {
  auto contract = With({Make("items", kItems)});
  contract.columns[0].required = true;
  EXPECT_EQ(ErrorsOf(contract, R"({"items":[null]})"), Texts());
  EXPECT_EQ(ErrorsOf(contract, R"({"items":null})"), (Texts{"items: list_type"}));
  EXPECT_EQ(ErrorsOf(contract, "{}"), (Texts{"items: missing"}));
}

TEST(NestedTypesTest, UnknownMembersAreRefusedWhereUnknownFieldsAre) {
  constexpr std::string_view kRecord = R"({"items":[{"sku":"a","color":"red"}]})";
  EXPECT_EQ(ErrorsOf(With({Make("items", kItems)}), kRecord), Texts());
  EXPECT_EQ(ErrorsOf(With({Make("items", kItems)}, UnknownFields::kQuarantine), kRecord),
            (Texts{"items.0.color: extra_forbidden"}));
}

TEST(NestedTypesTest, FaultsOfOneValueAreBounded) {
  std::string record = R"({"n":[)";
  for (int i = 0; i < 1000; ++i) record += R"("x",)";
  record += R"("x"],"m":"x"})";
  const auto errors = ErrorsOf(With({Make("n", "list<integer>"), Make("m", "integer")}), record);
  ASSERT_EQ(errors.size(), 101U);
  EXPECT_EQ(errors[99], "n.99: int_parsing");
  EXPECT_EQ(errors[100], "m: int_parsing");
}

// Records decoded.

struct Decoded {
  std::string value;
  std::string rescued;
  std::string unfit;
};

/// The value of the one column, stored as `stored`.
Decoded Decode(const Column& column, const DataType& stored, std::string_view record) {
  auto compiled = CompiledContract::Compile(With({column}));
  EXPECT_THAT(compiled, IsOk());
  DecodePlan plan{.contract = *compiled, .columns = {{column.name, stored, 0}}};
  RowDecoder decoder(plan);
  table::BatchBuilder builder({stored});
  std::string padded(record);
  padded.append(RecordChecker::kPadding, ' ');
  const auto row = decoder.Append(std::string_view(padded).substr(0, record.size()), builder, 0);
  EXPECT_THAT(row, IsOk()) << record;
  Decoded decoded;
  if (!row) return decoded;
  table::AppendJsonValue(decoded.value, builder.View().columns[0], 0, table::JsonUse::kRecord);
  decoded.rescued = row->rescued;
  decoded.unfit = row->unfit;
  return decoded;
}

Decoded Decode(std::string_view type, std::string_view value) {
  const auto column = Make("v", type);
  return Decode(column, StorageType(column), "{\"v\":" + std::string(value) + "}");
}

TEST(NestedTypesTest, ValuesAreCoercedDownToTheLeaves) {
  EXPECT_EQ(Decode(kItems, R"([{"qty":"2","sku":"a\n"},null,{},{"sku":null,"qty":1.0}])").value,
            R"([{"sku":"a\n","qty":2},null,{"sku":null,"qty":null},{"sku":null,"qty":1}])");
  EXPECT_EQ(Decode("list<list<double>>", "[[1,2.5],[],null]").value, "[[1.0,2.5],[],null]");
  EXPECT_EQ(Decode("struct<d:decimal(5,2),on:date,b:boolean,j:json,a:array>",
                   R"({"a":[1, "x"],"b":"yes","on":"2024-02-29","d":"1.005","j":{"k": [1]}})")
                .value,
            R"({"d":1,"on":"2024-02-29","b":true,"j":{"k": [1]},"a":[1, "x"]})");
  EXPECT_EQ(Decode(kItems, "null").value, "null");
  EXPECT_EQ(Decode(kItems, "[]").value, "[]");
}

TEST(NestedTypesTest, MembersFillFieldsAsFieldsFillColumns) {
  constexpr std::string_view kType = "struct<unit_price:integer,n:integer>";
  EXPECT_EQ(Decode(kType, R"({"unitPrice":1})").value, R"({"unit_price":1,"n":null})");
  auto both = Decode(kType, R"({"unitPrice":1,"unit_price":2})");
  EXPECT_EQ(both.value, R"({"unit_price":2,"n":null})");
  EXPECT_EQ(both.rescued, R"({"v":{"unitPrice":1}})");
  both = Decode(kType, R"({"unit_price":2,"unitPrice":1,"n":1,"n":3})");
  EXPECT_EQ(both.value, R"({"unit_price":2,"n":3})");
  EXPECT_EQ(both.rescued, R"({"v":{"unitPrice":1}})");
  both = Decode(kType, R"({"UnitPrice":1,"unitPrice":2,"UnitPrice":3})");
  EXPECT_EQ(both.value, R"({"unit_price":3,"n":null})");
  EXPECT_EQ(both.rescued, R"({"v":{"unitPrice":2}})");
}

TEST(NestedTypesTest, WhatFillsNoFieldIsRescuedAtItsPlace) {
  EXPECT_EQ(Decode(kItems, R"([{"sku":"a"},{"sku":"b","color":"red","size":{"w":1}},{"sku":"c"}])").rescued,
            R"({"v":[null,{"color":"red","size":{"w":1}}]})");
  EXPECT_EQ(Decode("struct<a:struct<b:integer>,c:list<struct<d:integer>>>",
                   R"({"x":1,"a":{"b":1,"y":[2]},"c":[{"d":1}],"z":null})")
                .rescued,
            R"({"v":{"x":1,"a":{"y":[2]}}})");
  EXPECT_EQ(Decode("list<integer>", "[1]").rescued, "");
  EXPECT_EQ(Decode(kItems, R"([{"sku":"a","color":null}])").rescued, "");
}

TEST(NestedTypesTest, RescuedMembersStandBesideRescuedFields) {
  const auto column = Make("v", kItems);
  const auto decoded = Decode(column, StorageType(column), R"({"other":1,"v":[{"x":2}],"more":"3"})");
  EXPECT_EQ(decoded.rescued, R"({"other":1,"more":"3","v":[{"x":2}]})");
}

TEST(NestedTypesTest, WhatDoesNotFitIsNullWithTheReason) {
  const auto decoded = Decode(kItems, R"([{"sku":"a","x":1},{"qty":"x"}])");
  EXPECT_EQ(decoded.value, "null");
  EXPECT_EQ(decoded.unfit, "v.1.qty: Input should be a valid integer, but the text is none");
  EXPECT_EQ(decoded.rescued, "");
}

TEST(NestedTypesTest, TheTableMayHaveMoreFieldsInAnotherOrder) {
  const auto stored = StorageType(Make("v", "list<struct<old:string,qty:integer,sku:string>>"));
  EXPECT_EQ(Decode(Make("v", kItems), stored, R"({"v":[{"sku":"a","qty":1,"old":"x"}]})").value,
            R"([{"old":null,"qty":1,"sku":"a"}])");
}

TEST(NestedTypesTest, AFieldThatOthersWidenedTakesWhatItCan) {
  const auto stored = StorageType(Make("v", "list<struct<sku:string,qty:decimal(20,1)>>"));
  EXPECT_EQ(Decode(Make("v", kItems), stored, R"({"v":[{"sku":"a","qty":1}]})").value, R"([{"sku":"a","qty":1}])");
  const auto dates = StorageType(Make("v", "list<struct<sku:string,qty:date>>"));
  const auto decoded = Decode(Make("v", kItems), dates, R"({"v":[{"sku":"a","qty":1}]})");
  EXPECT_EQ(decoded.value, R"([{"sku":"a","qty":null}])");
  EXPECT_EQ(decoded.unfit, "v: Input should be a valid integer");
}

TEST(NestedTypesTest, AColumnThatIsJsonAlreadyTakesTheText) {
  const auto json = table::Scalar(TypeKind::kJson);
  EXPECT_EQ(Decode(Make("v", kItems), json, R"({"v":[ {"sku":"a","x":1} ]})").value, R"([ {"sku":"a","x":1} ])");
  EXPECT_EQ(Decode(Make("v", kItems), json, R"({"v":[{"sku":1}]})").value, "null");
}

TEST(NestedTypesTest, ADefaultIsDecodedAsAValueIs) {
  auto column = Make("v", kItems);
  column.default_text = R"([{"qty":"7"}])";
  EXPECT_EQ(Decode(column, StorageType(column), "{}").value, R"([{"sku":null,"qty":7}])");
  EXPECT_EQ(Decode(column, StorageType(column), R"({"v":null})").value, "null");
  EXPECT_EQ(Decode(column, table::Scalar(TypeKind::kJson), "{}").value, R"([{"qty":"7"}])");
}

// Changes.

std::string ReasonOf(std::string_view before, std::string_view after) {
  const auto changes = CompareContracts(With({Make("c", before)}), With({Make("c", after)}));
  if (changes.empty()) return "";
  EXPECT_EQ(changes[0].change, "type");
  return changes[0].reason;
}

TEST(NestedTypesTest, FieldsMayBeAddedAnywhereAndReordered) {
  EXPECT_EQ(ReasonOf(kItems, "list<struct<sku:string,qty:integer,color:string>>"), "");
  EXPECT_EQ(ReasonOf(kItems, "list<struct<color:string,qty:bigint,sku:varchar>>"), "");
  EXPECT_EQ(ReasonOf("struct<a:struct<b:integer>>", "struct<a:struct<b:integer,c:list<date>>,d:json>"), "");
}

TEST(NestedTypesTest, FieldsAreNotRemovedNorRetyped) {
  EXPECT_EQ(
      ReasonOf(kItems, "list<struct<sku:string>>"),
      "list<struct<sku:string,qty:integer>> cannot become list<struct<sku:string>>: c.element.qty is a field that "
      "stored rows have: fields are only added");
  EXPECT_EQ(ReasonOf("struct<a:struct<b:integer>>", "struct<a:struct<b:double>>"),
            "struct<a:struct<b:integer>> cannot become struct<a:struct<b:double>>: c.a.b is integer: a type inside a "
            "list or struct does not change");
  EXPECT_EQ(
      ReasonOf("list<integer>", "list<list<integer>>"),
      "list<integer> cannot become list<list<integer>>: c.element is integer: a type inside a list or struct does "
      "not change");
  for (const auto* other : {"json", "string", "array", "integer", "struct<sku:string>"}) {
    EXPECT_EQ(ReasonOf(kItems, other), std::string(kItems) + " cannot become " + other + " without losing values");
    EXPECT_EQ(ReasonOf(other, kItems),
              std::string(other) + " cannot become " + std::string(kItems) + " without losing values");
  }
}

TEST(NestedTypesTest, TheTablesTypeGrowsAndKeepsItsIds) {
  auto stored = StorageType(Make("c", kItems));
  stored.children[0].id = 5;
  stored.children[0].type.children[0].id = 6;
  stored.children[0].type.children[1].id = 7;
  const auto same = StorageType(Make("c", "list<struct<qty:integer,sku:string>>"));
  EXPECT_EQ(WidenedType(stored, same), stored);
  const auto grown = WidenedType(stored, StorageType(Make("c", "list<struct<new:date,qty:integer>>")));
  EXPECT_EQ(table::SqlTypeName(grown), "STRUCT(sku VARCHAR, qty BIGINT, new DATE)[]");
  EXPECT_EQ(grown.children[0].type.children[1].id, 7);
  EXPECT_EQ(grown.children[0].type.children[2].id, 0);
  EXPECT_EQ(WidenedType(stored, StorageType(Make("c", "list<integer>"))), table::Scalar(TypeKind::kJson));
}

}  // namespace
}  // namespace tarn::contract
