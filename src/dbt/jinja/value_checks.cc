// SPDX-License-Identifier: Apache-2.0
// What can stand behind `is`.
#include <map>

#include "base/ascii.h"
#include "dbt/jinja/filters.h"
#include "dbt/jinja/operators.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

using Check = Result<bool> (*)(const Value& value, const Arguments& arguments);

Result<bool> Compared(const Value& value, const Arguments& arguments, const std::string& sign) {
  if (arguments.positional.empty()) return Fail(ErrorCode::kInvalidArgument, "a test needs something to compare with");
  TARN_ASSIGN(const auto result, Operate(sign, value, arguments.positional[0]));
  return result.Truth();
}

Result<bool> HasRest(const Value& value, int64_t by, int64_t rest) {
  if (!value.is_int()) return Fail(ErrorCode::kInvalidArgument, "this is no whole number: " + value.TypeName());
  if (by == 0) return Fail(ErrorCode::kInvalidArgument, "division by zero");
  return (value.as_int() % by + by) % by == rest;
}

const std::map<std::string_view, Check>& Checks() {
  using V = const Value&;
  using A = const Arguments&;
  static const std::map<std::string_view, Check> kChecks{
      {"defined", [](V v, A) -> Result<bool> { return !v.is_undefined(); }},
      {"undefined", [](V v, A) -> Result<bool> { return v.is_undefined(); }},
      {"none", [](V v, A) -> Result<bool> { return v.is_none(); }},
      {"boolean", [](V v, A) -> Result<bool> { return v.is_bool(); }},
      {"true", [](V v, A) -> Result<bool> { return v.is_bool() && v.as_bool(); }},
      {"false", [](V v, A) -> Result<bool> { return v.is_bool() && !v.as_bool(); }},
      {"integer", [](V v, A) -> Result<bool> { return v.is_int(); }},
      {"float", [](V v, A) -> Result<bool> { return v.is_float(); }},
      {"number", [](V v, A) -> Result<bool> { return v.is_number(); }},
      {"string", [](V v, A) -> Result<bool> { return v.is_string(); }},
      {"mapping", [](V v, A) -> Result<bool> { return v.is_dict(); }},
      {"sequence", [](V v, A) -> Result<bool> { return v.is_list() || v.is_string() || v.is_dict(); }},
      {"iterable", [](V v, A) -> Result<bool> { return ItemsOf(v).has_value(); }},
      {"callable", [](V v, A) -> Result<bool> { return v.is_object() && v.as_object().is_callable(); }},
      {"upper", [](V v, A) -> Result<bool> { return v.is_string() && Upper(v.as_string()) == v.as_string(); }},
      {"lower", [](V v, A) -> Result<bool> { return v.is_string() && Lower(v.as_string()) == v.as_string(); }},
      {"even", [](V v, A) { return HasRest(v, 2, 0); }},
      {"odd", [](V v, A) { return HasRest(v, 2, 1); }},
      {"divisibleby",
       [](V v, A a) -> Result<bool> {
         if (a.positional.empty() || !a.positional[0].is_int()) {
           return Fail(ErrorCode::kInvalidArgument, "divisibleby needs a whole number");
         }
         return HasRest(v, a.positional[0].as_int(), 0);
       }},
      {"sameas", [](V v, A a) { return Compared(v, a, "=="); }},
      {"equalto", [](V v, A a) { return Compared(v, a, "=="); }},
      {"eq", [](V v, A a) { return Compared(v, a, "=="); }},
      {"ne", [](V v, A a) { return Compared(v, a, "!="); }},
      {"lt", [](V v, A a) { return Compared(v, a, "<"); }},
      {"lessthan", [](V v, A a) { return Compared(v, a, "<"); }},
      {"le", [](V v, A a) { return Compared(v, a, "<="); }},
      {"gt", [](V v, A a) { return Compared(v, a, ">"); }},
      {"greaterthan", [](V v, A a) { return Compared(v, a, ">"); }},
      {"ge", [](V v, A a) { return Compared(v, a, ">="); }},
      {"in", [](V v, A a) { return Compared(v, a, "in"); }},
  };
  return kChecks;
}

}  // namespace

Result<bool> ApplyTest(const std::string& test, const Value& value, const Arguments& arguments) {
  const auto found = Checks().find(test);
  if (found == Checks().end()) return Fail(ErrorCode::kUnsupported, "not supported: test is " + test);
  return found->second(value, arguments);
}

}  // namespace tarn::dbt::jinja
