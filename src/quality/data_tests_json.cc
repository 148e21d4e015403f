// SPDX-License-Identifier: Apache-2.0
#include "quality/data_tests_json.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "lake/table_reference.h"
#include "quality/failing_rows.h"

namespace tarn::quality {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr size_t kMaxNameBytes = 255;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool IsBound(const Json& value) { return value.is_number() || value.is_string(); }

/// Reads one object.
class Reader {
 public:
  Reader(const Json& object, size_t index, const engine::TableName& table, std::vector<TestProblem>& problems)
      : object_(object), index_(index), table_(table), problems_(problems) {}

  Test Read() && {
    if (!object_.is_object()) {
      Refuse("", "dict_type", "Input should be a valid dictionary");
      return test_;
    }
    if (!ReadType()) return test_;
    test_.name = Text("name");
    if (test_.name.size() > kMaxNameBytes) Refuse("name", "value_error", "at most 255 bytes");
    ReadColumns();
    test_.where = Text("where");
    ReadSeverity();
    ReadThreshold("warn_if", test_.warn_if);
    ReadThreshold("error_if", test_.error_if);
    if (const auto* given = Given("store_failures")) {
      if (given->is_boolean()) test_.store_failures = given->get<bool>();
      if (!given->is_boolean()) Refuse("store_failures", "bool_type", "Input should be a valid boolean");
    }
    if (const auto calc = Text("fail_calc"); !calc.empty()) test_.fail_calc = calc;
    ReadArguments();
    return std::move(test_);
  }

 private:
  void Refuse(const char* member, std::string type, std::string message) {
    problems_.push_back({index_, member, std::move(type), std::move(message)});
  }

  /// nullptr when absent or null.
  const Json* Given(const char* member) const {
    const auto found = object_.find(member);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  std::string Text(const char* member) {
    const auto* given = Given(member);
    if (given == nullptr) return "";
    if (given->is_string()) return given->get<std::string>();
    Refuse(member, "string_type", "Input should be a valid string");
    return "";
  }

  std::string Needed(const char* member) {
    auto text = Text(member);
    if (text.empty() && (Given(member) == nullptr || Given(member)->is_string())) {
      Refuse(member, "missing", "Field required");
    }
    return text;
  }

  bool ReadType() {
    const auto word = Needed("type");
    if (word.empty()) return false;
    if (const auto type = TestTypeOf(Lower(word))) {
      test_.type = *type;
      return true;
    }
    std::string expected;
    for (const auto& [one, value] : kTestTypes) {
      expected += (expected.empty() ? "'" : ", '") + std::string(one) + "'";
    }
    Refuse("type", "enum", "Input should be one of " + expected);
    return false;
  }

  void ReadColumns() {
    if (const auto column = Text("column"); !column.empty()) test_.columns.push_back(column);
    const auto* given = Given("columns");
    if (given == nullptr) return;
    const auto is_name = [](const Json& name) {
      return name.is_string() && !name.get_ref<const std::string&>().empty();
    };
    if (!given->is_array() || !std::ranges::all_of(*given, is_name)) {
      return Refuse("columns", "list_type", "Input should be a list of column names");
    }
    if (!test_.columns.empty()) return Refuse("columns", "value_error", "give column or columns, not both");
    for (const auto& name : *given) test_.columns.push_back(name);
  }

  void ReadSeverity() {
    const auto text = Lower(Text("severity"));
    if (text.empty() || text == "error") return;
    if (text != "warn") return Refuse("severity", "enum", "Input should be one of 'error', 'warn'");
    test_.severity = Severity::kWarn;
  }

  void ReadThreshold(const char* member, Threshold& threshold) {
    const auto text = Text(member);
    if (text.empty()) return;
    auto parsed = ParseThreshold(text);
    if (!parsed) return Refuse(member, "value_error", parsed.error().message);
    threshold = *parsed;
  }

  void ReadArguments() {
    switch (test_.type) {
      case TestType::kNotNull:
      case TestType::kUnique:
        return NeedColumns(SIZE_MAX);
      case TestType::kAcceptedValues:
        NeedColumns(1);
        return ReadValues();
      case TestType::kRelationships:
        NeedColumns(1);
        if (const auto to = Needed("to"); !to.empty()) test_.to = lake::ReadTableReference(table_.domain, to);
        test_.field = Needed("field");
        return;
      case TestType::kRange:
        NeedColumns(1);
        return ReadBounds();
      case TestType::kRegex:
        NeedColumns(1);
        test_.pattern = Needed("pattern");
        return;
      case TestType::kRowCount:
        return ReadBounds();
      case TestType::kFreshness:
        NeedColumns(1);
        return ReadMaxAge();
      case TestType::kExpression:
        test_.expression = Needed("expression");
        return;
      case TestType::kSql:
        test_.query = Needed("query");
        return;
    }
  }

  void NeedColumns(size_t most) {
    if (test_.columns.empty() && Given("column") == nullptr && Given("columns") == nullptr) {
      return Refuse("column", "missing", "Field required");
    }
    if (test_.columns.empty()) Refuse("columns", "value_error", "at least one column");
    if (test_.columns.size() > most) Refuse("columns", "value_error", "this type tests one column");
  }

  void ReadValues() {
    const auto* given = Given("values");
    if (given == nullptr) return Refuse("values", "missing", "Field required");
    const auto is_value = [](const Json& value) { return IsBound(value) || value.is_boolean(); };
    if (!given->is_array() || given->empty() || !std::ranges::all_of(*given, is_value)) {
      return Refuse("values", "list_type", "Input should be a list of strings, numbers or booleans that is not empty");
    }
    for (const auto& value : *given) test_.values.push_back(value);
  }

  void ReadBounds() {
    const auto read = [&](const char* member, std::optional<Json>& bound) {
      const auto* given = Given(member);
      if (given == nullptr) return;
      if (!IsBound(*given)) return Refuse(member, "value_error", "Input should be a number or a text");
      bound = *given;
    };
    read("min", test_.min);
    read("max", test_.max);
    if (Given("min") == nullptr && Given("max") == nullptr) Refuse("min", "missing", "give min, max or both");
  }

  void ReadMaxAge() {
    const auto text = Needed("max_age");
    if (text.empty()) return;
    const auto age = ParseDuration(text);
    if (!age) return Refuse("max_age", "value_error", age.error().message);
    test_.max_age = *age;
  }

  const Json& object_;
  const size_t index_;
  const engine::TableName& table_;
  std::vector<TestProblem>& problems_;
  Test test_;
};

/// The member whose SQL is to blame for a statement that is none.
const char* SqlMember(const Test& test) {
  if (test.type == TestType::kSql) return "query";
  if (test.type == TestType::kExpression) return "expression";
  return test.where.empty() ? "fail_calc" : "where";
}

void CheckSql(const Test& test, size_t index, const engine::TableName& table, engine::QueryEngine& engine,
              std::vector<TestProblem>& problems) {
  const auto refuse = [&](const char* member, std::string message) {
    problems.push_back({index, member, "value_error", std::move(message)});
  };
  const auto failing = FailingRowsSql(test, table, {});
  const auto counted = engine.Classify(CountFailuresSql(test, failing));
  if (!counted) return refuse(SqlMember(test), counted.error().message);
  if (!counted->parameters.empty()) refuse(SqlMember(test), "a test's SQL takes no parameters");
}

std::vector<Test> ReadAll(const Json& list, const engine::TableName& table, std::vector<TestProblem>& problems) {
  std::vector<Test> tests;
  std::set<std::string> names;
  for (size_t i = 0; i < list.size(); ++i) {
    tests.push_back(Reader(list[i], i, table, problems).Read());
    const auto& name = tests.back().name;
    if (!name.empty() && !names.insert(name).second) {
      problems.push_back({i, "name", "value_error", "another test has this name: " + name});
    }
  }
  NameTests(table.table, tests);
  return tests;
}

}  // namespace

std::vector<Test> ReadTests(const Json& list, const engine::TableName& table, engine::QueryEngine& engine,
                            std::vector<TestProblem>& problems) {
  if (list.size() > kMaxTests) {
    problems.push_back({0, "", "value_error", "at most " + std::to_string(kMaxTests) + " tests"});
    return {};
  }
  auto tests = ReadAll(list, table, problems);
  if (!problems.empty()) return tests;
  for (size_t i = 0; i < tests.size(); ++i) CheckSql(tests[i], i, table, engine, problems);
  return tests;
}

Result<std::vector<Test>> DecodeTests(const OrderedJson& list, const engine::TableName& table) {
  std::vector<TestProblem> problems;
  auto tests = list.is_array() ? ReadAll(Json(list), table, problems) : std::vector<Test>();
  if (!list.is_array() || !problems.empty()) {
    return Fail(ErrorCode::kCorrupt, "stored document with broken tests");
  }
  return tests;
}

OrderedJson TestParameters(const Test& test) {
  OrderedJson json = OrderedJson::object();
  if (!test.where.empty()) json["where"] = test.where;
  if (!test.values.empty()) json["values"] = OrderedJson(test.values);
  if (!test.to.table.empty()) json["to"] = test.to.ToString();
  if (!test.field.empty()) json["field"] = test.field;
  if (test.min) json["min"] = OrderedJson(*test.min);
  if (test.max) json["max"] = OrderedJson(*test.max);
  if (!test.pattern.empty()) json["pattern"] = test.pattern;
  if (test.type == TestType::kFreshness) json["max_age"] = FormatDuration(test.max_age);
  if (!test.expression.empty()) json["expression"] = test.expression;
  if (!test.query.empty()) json["query"] = test.query;
  return json;
}

OrderedJson TestsToJson(const std::vector<Test>& tests) {
  auto list = OrderedJson::array();
  for (const auto& test : tests) {
    OrderedJson json;
    json["name"] = test.name;
    json["type"] = TestTypeName(test.type);
    if (test.columns.size() == 1) json["column"] = test.columns.front();
    if (test.columns.size() > 1) json["columns"] = test.columns;
    const auto parameters = TestParameters(test);
    for (const auto& [member, value] : parameters.items()) json[member] = value;
    json["severity"] = test.severity == Severity::kError ? "error" : "warn";
    json["warn_if"] = test.warn_if.ToString();
    json["error_if"] = test.error_if.ToString();
    if (test.fail_calc != Test().fail_calc) json["fail_calc"] = test.fail_calc;
    json["store_failures"] = test.store_failures;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace tarn::quality
