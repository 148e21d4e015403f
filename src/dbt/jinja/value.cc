// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

std::string QuotedText(const std::string& text) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out + quote;
}

std::string ListText(const List& list) {
  std::string out = list.is_tuple ? "(" : "[";
  for (size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) out += ", ";
    out += list.items[i].Repr();
  }
  if (list.is_tuple && list.items.size() == 1) out += ",";
  return out + (list.is_tuple ? ")" : "]");
}

std::string DictText(const Dict& dict) {
  std::string out = "{";
  for (size_t i = 0; i < dict.items.size(); ++i) {
    if (i > 0) out += ", ";
    out += dict.items[i].first.Repr() + ": " + dict.items[i].second.Repr();
  }
  return out + "}";
}

bool EqualDicts(const Dict& a, const Dict& b) {
  if (a.items.size() != b.items.size()) return false;
  return std::ranges::all_of(a.items, [&](const auto& item) {
    const auto* other = b.Find(item.first);
    return other != nullptr && *other == item.second;
  });
}

}  // namespace

Value Value::OfList(std::vector<Value> items) {
  auto list = std::make_shared<List>();
  list->items = std::move(items);
  return list;
}

Value Value::OfTuple(std::vector<Value> items) {
  auto list = std::make_shared<List>();
  list->items = std::move(items);
  list->is_tuple = true;
  return list;
}

Value Value::OfDict(std::vector<std::pair<Value, Value>> items) {
  auto dict = std::make_shared<Dict>();
  for (auto& [key, value] : items) dict->Set(std::move(key), std::move(value));
  return dict;
}

int64_t Value::as_int() const {
  if (const auto* flag = std::get_if<bool>(&value_)) return *flag ? 1 : 0;
  if (const auto* number = std::get_if<double>(&value_)) return static_cast<int64_t>(*number);
  return std::get<int64_t>(value_);
}

double Value::as_float() const {
  if (const auto* number = std::get_if<double>(&value_)) return *number;
  return static_cast<double>(as_int());
}

bool Value::Truth() const {
  if (is_undefined() || is_none()) return false;
  if (is_bool()) return as_bool();
  if (is_int()) return as_int() != 0;
  if (is_float()) return as_float() != 0;
  if (is_string()) return !as_string().empty();
  if (is_list()) return !as_list().items.empty();
  if (is_dict()) return !as_dict().items.empty();
  return as_object().Truth();
}

std::string Value::TypeName() const {
  if (is_undefined()) return "undefined";
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_int()) return "int";
  if (is_float()) return "float";
  if (is_string()) return "str";
  if (is_list()) return as_list().is_tuple ? "tuple" : "list";
  if (is_dict()) return "dict";
  return as_object().TypeName();
}

std::string Value::Text() const {
  if (is_undefined()) return {};
  if (is_string()) return as_string();
  return Repr();
}

std::string Value::Repr() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "None";
  if (is_bool()) return as_bool() ? "True" : "False";
  if (is_int()) return std::to_string(as_int());
  if (is_float()) return FloatText(as_float());
  if (is_string()) return QuotedText(as_string());
  if (is_list()) return ListText(as_list());
  if (is_dict()) return DictText(as_dict());
  return as_object().Text();
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (!a.is_float() && !b.is_float()) return a.as_int() == b.as_int();
    return a.as_float() == b.as_float();
  }
  if (a.value_.index() != b.value_.index()) return false;
  if (a.is_string()) return a.as_string() == b.as_string();
  if (a.is_list()) return a.as_list().is_tuple == b.as_list().is_tuple && a.as_list().items == b.as_list().items;
  if (a.is_dict()) return EqualDicts(a.as_dict(), b.as_dict());
  if (a.is_object()) return a.object_ptr() == b.object_ptr() || a.Text() == b.Text();
  return true;  // both none, or both undefined
}

const Value* Dict::Find(const Value& key) const {
  const auto found = std::ranges::find_if(items, [&](const auto& item) { return item.first == key; });
  return found == items.end() ? nullptr : &found->second;
}

void Dict::Set(Value key, Value value) {
  const auto found = std::ranges::find_if(items, [&](const auto& item) { return item.first == key; });
  if (found != items.end()) {
    found->second = std::move(value);
  } else {
    items.emplace_back(std::move(key), std::move(value));
  }
}

const Value* Arguments::Find(size_t position, std::string_view name) const {
  if (position < positional.size()) return &positional[position];
  const auto found = std::ranges::find_if(named, [&](const auto& argument) { return argument.first == name; });
  return found == named.end() ? nullptr : &found->second;
}

Result<Value> Object::Call(Interpreter&, const Arguments&) {
  return Fail(ErrorCode::kInvalidArgument, "this cannot be called: " + TypeName());
}

Result<std::vector<Value>> Object::Items() const {
  return Fail(ErrorCode::kInvalidArgument, "this is no sequence: " + TypeName());
}

Result<int> Compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    const double left = a.as_float();
    const double right = b.as_float();
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (a.is_string() && b.is_string()) return a.as_string().compare(b.as_string());
  if (a.is_list() && b.is_list()) {
    const auto& left = a.as_list().items;
    const auto& right = b.as_list().items;
    for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      TARN_ASSIGN(const int order, Compare(left[i], right[i]));
      if (order != 0) return order;
    }
    return left.size() < right.size() ? -1 : left.size() > right.size() ? 1 : 0;
  }
  return Fail(ErrorCode::kInvalidArgument, "these have no order: " + a.TypeName() + " and " + b.TypeName());
}

Result<std::vector<Value>> ItemsOf(const Value& value) {
  if (value.is_list()) return value.as_list().items;
  std::vector<Value> items;
  if (value.is_dict()) {
    for (const auto& [key, ignored] : value.as_dict().items) items.push_back(key);
    return items;
  }
  if (value.is_string()) {
    for (auto& character : Characters(value.as_string())) items.emplace_back(std::move(character));
    return items;
  }
  if (value.is_object()) return value.as_object().Items();
  if (value.is_undefined()) {
    return Fail(ErrorCode::kInvalidArgument, "this is undefined and cannot be gone through: " + value.missing_name());
  }
  return Fail(ErrorCode::kInvalidArgument, "this is no sequence: " + value.TypeName());
}

std::string FloatText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[64];
  const double size = std::fabs(number);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string text(buffer, end);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace tarn::dbt::jinja
