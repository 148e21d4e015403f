// SPDX-License-Identifier: Apache-2.0
// Functions of templates that every Jinja has, and those that dbt adds without looking at the project.
#include <algorithm>

#include "codec/digest.h"
#include "codec/yaml.h"
#include "dbt/jinja/filters.h"
#include "dbt/jinja/json_value.h"
#include "dbt/jinja/loop_object.h"
#include "dbt/render_context.h"

namespace tarn::dbt {
namespace {

using jinja::Arguments;
using jinja::Interpreter;
using jinja::Value;

constexpr int64_t kMaxRange = 1'000'000;

Result<Value> Return(RenderContext&, Interpreter& interpreter, const Arguments& arguments) {
  interpreter.Return(arguments.positional.empty() ? Value() : arguments.positional[0]);
  return Value("");
}

Result<Value> Range(RenderContext&, Interpreter&, const Arguments& arguments) {
  std::vector<int64_t> numbers;
  for (const auto& value : arguments.positional) {
    if (!value.is_int()) return Fail(ErrorCode::kInvalidArgument, "range needs whole numbers, not " + value.TypeName());
    numbers.push_back(value.as_int());
  }
  if (numbers.empty() || numbers.size() > 3)
    return Fail(ErrorCode::kInvalidArgument, "range takes one to three numbers");
  const auto from = numbers.size() > 1 ? numbers[0] : 0;
  const auto to = numbers.size() > 1 ? numbers[1] : numbers[0];
  const auto step = numbers.size() > 2 ? numbers[2] : 1;
  if (step == 0) return Fail(ErrorCode::kInvalidArgument, "the step of range is 0");
  std::vector<Value> items;
  for (auto at = from; step > 0 ? at < to : at > to; at += step) {
    if (static_cast<int64_t>(items.size()) >= kMaxRange)
      return Fail(ErrorCode::kInvalidArgument, "a range is too long");
    items.emplace_back(at);
  }
  return Value::OfList(std::move(items));
}

Result<Value> MakeDict(RenderContext&, Interpreter&, const Arguments& arguments) {
  auto dict = Value::OfDict({});
  for (const auto& given : arguments.positional) {
    TARN_ASSIGN(const auto pairs, given.is_dict() ? Result<std::vector<Value>>(PairsOf(given.as_dict()).as_list().items)
                                                  : ItemsOf(given));
    for (const auto& pair : pairs) {
      if (!pair.is_list() || pair.as_list().items.size() != 2)
        return Fail(ErrorCode::kInvalidArgument, "dict needs pairs");
      dict.as_dict().Set(pair.as_list().items[0], pair.as_list().items[1]);
    }
  }
  for (const auto& [key, value] : arguments.named) dict.as_dict().Set(Value(key), value);
  return dict;
}

Result<Value> MakeNamespace(RenderContext& context, Interpreter& interpreter, const Arguments& arguments) {
  TARN_ASSIGN(const auto dict, MakeDict(context, interpreter, arguments));
  auto names = std::make_shared<jinja::Dict>(dict.as_dict());
  return Value(jinja::ObjectPtr(std::make_shared<jinja::NamespaceObject>(std::move(names))));
}

Result<Value> Zip(RenderContext&, Interpreter&, const Arguments& arguments) {
  std::vector<Value> zipped;
  std::vector<std::vector<Value>> lists;
  for (const auto& value : arguments.positional) {
    TARN_ASSIGN(auto items, ItemsOf(value));
    lists.push_back(std::move(items));
  }
  size_t shortest = lists.empty() ? 0 : SIZE_MAX;
  for (const auto& list : lists) shortest = std::min(shortest, list.size());
  for (size_t i = 0; i < shortest; ++i) {
    std::vector<Value> tuple;
    for (const auto& list : lists) tuple.push_back(list[i]);
    zipped.push_back(Value::OfTuple(std::move(tuple)));
  }
  return Value::OfList(std::move(zipped));
}

Result<Value> Set(RenderContext&, Interpreter& interpreter, const Arguments& arguments) {
  if (arguments.positional.empty()) return Value::OfList({});
  Arguments keeps_case;
  keeps_case.named = {{"case_sensitive", Value(true)}};
  return ApplyFilter(interpreter, "unique", arguments.positional[0], keeps_case);
}

Result<Value> ToJson(RenderContext&, Interpreter&, const Arguments& arguments) {
  if (arguments.positional.empty()) return Fail(ErrorCode::kInvalidArgument, "tojson needs a value");
  Arguments order;
  if (const auto* sorted = arguments.Find(2, "sort_keys")) order.named = {{"sort_keys", *sorted}};
  TARN_ASSIGN(auto text, jinja::JsonText(arguments.positional[0], order));
  return Value(std::move(text));
}

Result<Value> FromText(const Arguments& arguments, Result<codec::OrderedJson> (*read)(std::string_view)) {
  const auto* text = arguments.Find(0, "string");
  const auto* fallback = arguments.Find(1, "default");
  if (text == nullptr || !text->is_string()) return Fail(ErrorCode::kInvalidArgument, "a string is needed");
  auto document = read(text->as_string());
  if (document) return jinja::ValueOf(*document);
  return fallback != nullptr ? *fallback : Value();
}

Result<Value> FromJson(RenderContext&, Interpreter&, const Arguments& arguments) {
  return FromText(arguments, codec::ParseOrderedJson);
}
Result<Value> FromYaml(RenderContext&, Interpreter&, const Arguments& arguments) {
  return FromText(arguments, codec::ParseYaml);
}

Result<Value> ToYaml(RenderContext&, Interpreter&, const Arguments& arguments) {
  if (arguments.positional.empty()) return Fail(ErrorCode::kInvalidArgument, "toyaml needs a value");
  TARN_ASSIGN(const auto document, jinja::JsonOf(arguments.positional[0]));
  return Value(codec::WriteYaml(document));
}

}  // namespace

const std::map<std::string_view, ContextFunction>& GeneralFunctions() {
  static const std::map<std::string_view, ContextFunction> kFunctions{
      {"return", Return}, {"range", Range},       {"dict", MakeDict},     {"namespace", MakeNamespace},
      {"zip", Zip},       {"zip_strict", Zip},    {"set", Set},           {"set_strict", Set},
      {"tojson", ToJson}, {"fromjson", FromJson}, {"fromyaml", FromYaml}, {"toyaml", ToYaml},
  };
  return kFunctions;
}

}  // namespace tarn::dbt
