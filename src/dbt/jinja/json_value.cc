// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/json_value.h"

#include "dbt/jinja/filters.h"

namespace tarn::dbt::jinja {
namespace {

constexpr int kMaxDepth = 64;

Result<codec::OrderedJson> JsonAt(const Value& value, int depth) {
  if (depth > kMaxDepth) return Fail(ErrorCode::kInvalidArgument, "a value is nested too deep for JSON");
  if (value.is_none()) return codec::OrderedJson(nullptr);
  if (value.is_bool()) return codec::OrderedJson(value.as_bool());
  if (value.is_int()) return codec::OrderedJson(value.as_int());
  if (value.is_float()) return codec::OrderedJson(value.as_float());
  if (value.is_list()) {
    auto list = codec::OrderedJson::array();
    for (const auto& item : value.as_list().items) {
      TARN_ASSIGN(auto one, JsonAt(item, depth + 1));
      list.push_back(std::move(one));
    }
    return list;
  }
  if (value.is_dict()) {
    auto object = codec::OrderedJson::object();
    for (const auto& [key, item] : value.as_dict().items) {
      TARN_ASSIGN(auto one, JsonAt(item, depth + 1));
      object[key.Text()] = std::move(one);
    }
    return object;
  }
  return codec::OrderedJson(value.Text());
}

/// Python's spacing: a blank behind each comma and colon.
void Append(std::string& out, const codec::OrderedJson& document) {
  if (document.is_array()) {
    out += '[';
    for (size_t i = 0; i < document.size(); ++i) {
      if (i > 0) out += ", ";
      Append(out, document[i]);
    }
    out += ']';
  } else if (document.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : document.items()) {
      if (!first) out += ", ";
      first = false;
      out += codec::Dump(codec::OrderedJson(key)) + ": ";
      Append(out, value);
    }
    out += '}';
  } else {
    out += codec::Dump(document);
  }
}

}  // namespace

Value ValueOf(const codec::OrderedJson& document) {
  if (document.is_boolean()) return document.get<bool>();
  if (document.is_number_float()) return document.get<double>();
  if (document.is_number()) return document.get<int64_t>();
  if (document.is_string()) return document.get<std::string>();
  if (document.is_array()) {
    std::vector<Value> items;
    for (const auto& item : document) items.push_back(ValueOf(item));
    return Value::OfList(std::move(items));
  }
  if (document.is_object()) {
    std::vector<std::pair<Value, Value>> items;
    for (const auto& [key, item] : document.items()) items.emplace_back(Value(key), ValueOf(item));
    return Value::OfDict(std::move(items));
  }
  return {};
}

Result<codec::OrderedJson> JsonOf(const Value& value) { return JsonAt(value, 0); }

Result<std::string> JsonText(const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(auto document, JsonOf(value));
  const auto* sorted = arguments.Find(1, "sort_keys");
  std::string out;
  if (sorted != nullptr && sorted->Truth()) {
    const auto by_name = codec::Json::parse(codec::Dump(document), nullptr, false);
    document = codec::OrderedJson::parse(codec::Dump(by_name), nullptr, false);
  }
  Append(out, document);
  return out;
}

}  // namespace tarn::dbt::jinja
