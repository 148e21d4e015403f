// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/list_filters.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "dbt/jinja/operators.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

using ListFilter = Result<Value> (*)(Interpreter& interpreter, const Value& value, const Arguments& arguments);

std::string TextOr(const Arguments& arguments, size_t position, std::string_view name, std::string fallback) {
  const auto* value = arguments.Find(position, name);
  return value != nullptr && !value->is_none() ? value->Text() : std::move(fallback);
}

bool Flag(const Arguments& arguments, size_t position, std::string_view name) {
  const auto* value = arguments.Find(position, name);
  return value != nullptr && value->Truth();
}

/// An item as it is compared: its attribute, letters of either case alike unless told otherwise.
Result<Value> SortKey(const Value& item, const std::string& attribute, bool keeps_case) {
  auto key = item;
  if (!attribute.empty()) {
    TARN_ASSIGN(key, AttributeAt(item, attribute));
  }
  if (key.is_string() && !keeps_case) return Value(Lower(key.as_string()));
  return key;
}

Arguments Behind(const Arguments& arguments, size_t count) {
  Arguments rest;
  for (size_t i = count; i < arguments.positional.size(); ++i) rest.positional.push_back(arguments.positional[i]);
  rest.named = arguments.named;
  return rest;
}

Result<Value> Map(Interpreter& interpreter, const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  const auto attribute = TextOr(arguments, SIZE_MAX, "attribute", "");
  const auto* fallback = arguments.Find(SIZE_MAX, "default");
  std::vector<Value> mapped;
  for (const auto& item : items) {
    if (attribute.empty()) {
      if (arguments.positional.empty()) return Fail(ErrorCode::kInvalidArgument, "map needs a filter or attribute=");
      TARN_ASSIGN(auto one, ApplyFilter(interpreter, arguments.positional[0].Text(), item, Behind(arguments, 1)));
      mapped.push_back(std::move(one));
      continue;
    }
    TARN_ASSIGN(auto one, AttributeAt(item, attribute));
    mapped.push_back(one.is_undefined() && fallback != nullptr ? *fallback : std::move(one));
  }
  return Value::OfList(std::move(mapped));
}

/// select, reject: `by` 0; selectattr, rejectattr: 1, the attribute stands in front of the test.
Result<Value> Choose(const Value& value, const Arguments& arguments, bool wanted, size_t by) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  if (arguments.positional.size() < by) return Fail(ErrorCode::kInvalidArgument, "the attribute is missing");
  std::vector<Value> kept;
  for (const auto& item : items) {
    auto looked_at = item;
    if (by == 1) {
      TARN_ASSIGN(looked_at, AttributeAt(item, arguments.positional[0].Text()));
    }
    bool holds = looked_at.Truth();
    if (arguments.positional.size() > by) {
      TARN_ASSIGN(holds, ApplyTest(arguments.positional[by].Text(), looked_at, Behind(arguments, by + 1)));
    }
    if (holds == wanted) kept.push_back(item);
  }
  return Value::OfList(std::move(kept));
}

Result<Value> Join(Interpreter&, const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  const auto by = TextOr(arguments, 0, "d", "");
  const auto attribute = TextOr(arguments, 1, "attribute", "");
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    auto item = items[i];
    if (!attribute.empty()) {
      TARN_ASSIGN(item, AttributeAt(item, attribute));
    }
    if (i > 0) text += by;
    text += item.Text();
  }
  return Value(std::move(text));
}

Result<Value> Edge(const Value& value, bool first) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  if (items.empty()) return Value(Undefined{first ? "first of nothing" : "last of nothing"});
  return first ? items.front() : items.back();
}

Result<Value> Extreme(const Value& value, const Arguments& arguments, int sign) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  if (items.empty()) return Value(Undefined{"the extreme of nothing"});
  const auto attribute = TextOr(arguments, 1, "attribute", "");
  const auto* best = &items.front();
  for (const auto& item : items) {
    TARN_ASSIGN(const auto key, SortKey(item, attribute, Flag(arguments, 0, "case_sensitive")));
    TARN_ASSIGN(const auto best_key, SortKey(*best, attribute, Flag(arguments, 0, "case_sensitive")));
    TARN_ASSIGN(const int order, Compare(key, best_key));
    if (order * sign > 0) best = &item;
  }
  return *best;
}

Result<Value> Sum(Interpreter&, const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  const auto attribute = TextOr(arguments, 0, "attribute", "");
  const auto* start = arguments.Find(1, "start");
  auto sum = start != nullptr ? *start : Value(int64_t{0});
  for (const auto& item : items) {
    auto summand = item;
    if (!attribute.empty()) {
      TARN_ASSIGN(summand, AttributeAt(item, attribute));
    }
    TARN_ASSIGN(sum, Operate("+", sum, summand));
  }
  return sum;
}

Result<Value> Unique(Interpreter&, const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  std::vector<Value> seen;
  std::vector<Value> kept;
  for (const auto& item : items) {
    TARN_ASSIGN(auto key, SortKey(item, TextOr(arguments, 1, "attribute", ""), Flag(arguments, 0, "case_sensitive")));
    if (std::ranges::find(seen, key) != seen.end()) continue;
    seen.push_back(std::move(key));
    kept.push_back(item);
  }
  return Value::OfList(std::move(kept));
}

Result<Value> GroupBy(Interpreter&, const Value& value, const Arguments& arguments) {
  const auto attribute = TextOr(arguments, 0, "attribute", "");
  TARN_ASSIGN(auto items, ItemsOf(value));
  Arguments order;
  order.named = {{"attribute", Value(attribute)}, {"case_sensitive", Value(true)}};
  TARN_ASSIGN(items, SortedItems(std::move(items), order));
  std::vector<Value> groups;
  for (const auto& item : items) {
    TARN_ASSIGN(auto key, AttributeAt(item, attribute));
    if (groups.empty() || !(groups.back().as_list().items[0] == key)) {
      groups.push_back(Value::OfTuple({std::move(key), Value::OfList({})}));
    }
    groups.back().as_list().items[1].as_list().items.push_back(item);
  }
  return Value::OfList(std::move(groups));
}

Result<Value> DictSort(Interpreter&, const Value& value, const Arguments& arguments) {
  if (!value.is_dict()) return Fail(ErrorCode::kInvalidArgument, "dictsort needs a dict, not " + value.TypeName());
  Arguments order;
  const bool by_value = TextOr(arguments, 1, "by", "key") == "value";
  order.named = {{"attribute", Value(by_value ? "1" : "0")},
                 {"reverse", Value(Flag(arguments, 2, "reverse"))},
                 {"case_sensitive", Value(Flag(arguments, 0, "case_sensitive"))}};
  TARN_ASSIGN(auto sorted, SortedItems(PairsOf(value.as_dict()).as_list().items, order));
  return Value::OfList(std::move(sorted));
}

Result<Value> Batch(Interpreter&, const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  const auto* size = arguments.Find(0, "linecount");
  if (size == nullptr || !size->is_int() || size->as_int() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "batch needs a size of at least 1");
  }
  std::vector<Value> batches;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i % static_cast<size_t>(size->as_int()) == 0) batches.push_back(Value::OfList({}));
    batches.back().as_list().items.push_back(items[i]);
  }
  return Value::OfList(std::move(batches));
}

Result<Value> Reverse(Interpreter&, const Value& value, const Arguments&) {
  return SliceOf(value, {.from = std::nullopt, .to = std::nullopt, .step = -1});
}

Result<Value> Length(Interpreter&, const Value& value, const Arguments&) {
  TARN_ASSIGN(const auto items, ItemsOf(value));
  return Value(static_cast<int64_t>(items.size()));
}

Result<Value> ToList(Interpreter&, const Value& value, const Arguments&) {
  TARN_ASSIGN(auto items, ItemsOf(value));
  return Value::OfList(std::move(items));
}

Result<Value> Sort(Interpreter&, const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(auto items, ItemsOf(value));
  TARN_ASSIGN(auto sorted, SortedItems(std::move(items), arguments));
  return Value::OfList(std::move(sorted));
}

Result<Value> Items(Interpreter&, const Value& value, const Arguments&) {
  if (!value.is_dict()) return Fail(ErrorCode::kInvalidArgument, "items needs a dict, not " + value.TypeName());
  return PairsOf(value.as_dict());
}

Result<Value> Attr(Interpreter&, const Value& value, const Arguments& arguments) {
  return AttributeAt(value, TextOr(arguments, 0, "name", ""));
}

const std::map<std::string_view, ListFilter>& ListFilters() {
  using I = Interpreter&;
  static const std::map<std::string_view, ListFilter> kFilters{
      {"attr", Attr},
      {"batch", Batch},
      {"count", Length},
      {"dictsort", DictSort},
      {"first", [](I, const Value& v, const Arguments&) { return Edge(v, true); }},
      {"groupby", GroupBy},
      {"items", Items},
      {"join", Join},
      {"last", [](I, const Value& v, const Arguments&) { return Edge(v, false); }},
      {"length", Length},
      {"list", ToList},
      {"map", Map},
      {"max", [](I, const Value& v, const Arguments& a) { return Extreme(v, a, 1); }},
      {"min", [](I, const Value& v, const Arguments& a) { return Extreme(v, a, -1); }},
      {"reject", [](I, const Value& v, const Arguments& a) { return Choose(v, a, false, 0); }},
      {"rejectattr", [](I, const Value& v, const Arguments& a) { return Choose(v, a, false, 1); }},
      {"reverse", Reverse},
      {"select", [](I, const Value& v, const Arguments& a) { return Choose(v, a, true, 0); }},
      {"selectattr", [](I, const Value& v, const Arguments& a) { return Choose(v, a, true, 1); }},
      {"sort", Sort},
      {"sum", Sum},
      {"unique", Unique},
  };
  return kFilters;
}

}  // namespace

Value PairsOf(const Dict& dict) {
  std::vector<Value> pairs;
  for (const auto& [key, value] : dict.items) pairs.push_back(Value::OfTuple({key, value}));
  return Value::OfList(std::move(pairs));
}

Result<std::vector<Value>> SortedItems(std::vector<Value> items, const Arguments& arguments) {
  const auto attribute = TextOr(arguments, SIZE_MAX, "attribute", "");
  const bool keeps_case = Flag(arguments, 1, "case_sensitive");
  std::vector<std::pair<Value, Value>> keyed;
  for (auto& item : items) {
    TARN_ASSIGN(auto key, SortKey(item, attribute, keeps_case));
    keyed.emplace_back(std::move(key), std::move(item));
  }
  std::optional<Error> failed;
  const int sign = Flag(arguments, 0, "reverse") ? -1 : 1;
  std::ranges::stable_sort(keyed, [&](const auto& a, const auto& b) {
    const auto order = Compare(a.first, b.first);
    if (!order) failed = order.error();
    return order && *order * sign < 0;
  });
  if (failed) return Fail(*failed);
  items.clear();
  for (auto& [key, item] : keyed) items.push_back(std::move(item));
  return items;
}

Result<Value> AttributeAt(const Value& value, const std::string& path) {
  auto now = value;
  for (size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('.', at), path.size());
    const auto name = path.substr(at, end - at);
    at = end + 1;
    int64_t index = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool is_index = now.is_list() && read.ec == std::errc() && read.ptr == name.data() + name.size();
    if (!is_index && !now.is_dict() && !now.is_object()) return Value(Undefined{path});
    TARN_ASSIGN(now, ItemOf(now, is_index ? Value(index) : Value(name)));
  }
  return now;
}

Result<Value> ApplyListFilter(Interpreter& interpreter, const std::string& filter, const Value& value,
                              const Arguments& arguments) {
  const auto found = ListFilters().find(filter);
  if (found == ListFilters().end()) return Fail(ErrorCode::kUnsupported, "not supported: filter " + filter);
  return found->second(interpreter, value, arguments);
}

}  // namespace tarn::dbt::jinja
