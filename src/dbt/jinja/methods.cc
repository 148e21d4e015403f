// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/methods.h"

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "dbt/jinja/filters.h"
#include "dbt/jinja/operators.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

using Method = Result<Value> (*)(const Value& self, const Arguments& arguments);
using Methods = std::map<std::string_view, Method>;

Result<std::string> TextArgument(const Arguments& arguments, size_t position, std::string_view name) {
  const auto* value = arguments.Find(position, name);
  if (value == nullptr) return Fail(ErrorCode::kInvalidArgument, "an argument is missing: " + std::string(name));
  if (!value->is_string()) {
    return Fail(ErrorCode::kInvalidArgument, "this argument must be a string: " + std::string(name));
  }
  return value->as_string();
}

std::string OptionalText(const Arguments& arguments, size_t position, std::string_view name, std::string fallback) {
  const auto* value = arguments.Find(position, name);
  return value != nullptr && value->is_string() ? value->as_string() : std::move(fallback);
}

std::string Capitalized(const std::string& text) {
  auto lower = Lower(text);
  if (!lower.empty()) lower[0] = Upper(lower[0]);
  return lower;
}

Result<Value> Split(const Value& self, const Arguments& arguments) {
  const auto& text = self.as_string();
  const auto by = OptionalText(arguments, 0, "sep", "");
  const auto* most = arguments.Find(1, "maxsplit");
  auto left = most != nullptr && most->is_int() && most->as_int() >= 0 ? most->as_int() : INT64_MAX;
  std::vector<Value> parts;
  std::string_view rest = text;
  if (by.empty()) {
    for (rest = StripLeft(rest, ""); !rest.empty(); rest = StripLeft(rest, "")) {
      const auto end = left-- > 0 ? rest.find_first_of(" \t\n\r\f\v") : std::string_view::npos;
      parts.emplace_back(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    }
    return Value::OfList(std::move(parts));
  }
  for (;;) {
    const auto end = left-- > 0 ? rest.find(by) : std::string_view::npos;
    parts.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) return Value::OfList(std::move(parts));
    rest = rest.substr(end + by.size());
  }
}

Result<Value> SplitLines(const Value& self, const Arguments&) {
  std::vector<Value> lines;
  std::string_view rest = self.as_string();
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.emplace_back(StripRight(rest.substr(0, end), "\r"));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return Value::OfList(std::move(lines));
}

Result<Value> Replace(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto what, TextArgument(arguments, 0, "old"));
  TARN_ASSIGN(const auto by, TextArgument(arguments, 1, "new"));
  return Value(ReplaceAll(self.as_string(), what, by, SIZE_MAX));
}

Result<Value> Affix(const Value& self, const Arguments& arguments, bool (*holds)(std::string_view, std::string_view)) {
  const auto* wanted = arguments.Find(0, "prefix");
  if (wanted == nullptr) return Fail(ErrorCode::kInvalidArgument, "an argument is missing: prefix or suffix");
  const auto options = wanted->is_list() ? wanted->as_list().items : std::vector<Value>{*wanted};
  return Value(std::ranges::any_of(options, [&](const auto& o) { return holds(self.as_string(), o.Text()); }));
}

Result<Value> JoinItems(const Value& self, const Arguments& arguments) {
  const auto* value = arguments.Find(0, "iterable");
  if (value == nullptr) return Fail(ErrorCode::kInvalidArgument, "join needs a list");
  TARN_ASSIGN(const auto items, ItemsOf(*value));
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_string())
      return Fail(ErrorCode::kInvalidArgument, "join needs strings, not " + items[i].TypeName());
    if (i > 0) text += self.as_string();
    text += items[i].as_string();
  }
  return Value(std::move(text));
}

Result<Value> Pad(const Value& self, const Arguments& arguments, bool at_left, char fallback) {
  const auto* width = arguments.Find(0, "width");
  if (width == nullptr || !width->is_int() || width->as_int() > 10'000) {
    return Fail(ErrorCode::kInvalidArgument, "the width must be a number up to 10000");
  }
  const auto fill = OptionalText(arguments, 1, "fillchar", std::string(1, fallback));
  auto text = self.as_string();
  for (auto size = static_cast<int64_t>(Characters(text).size()); size < width->as_int(); ++size) {
    text = at_left ? fill + text : text + fill;
  }
  return Value(std::move(text));
}

template <bool (*matches)(char)>
Result<Value> All(const Value& self, const Arguments&) {
  return Value(!self.as_string().empty() && std::ranges::all_of(self.as_string(), matches));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsEither(char c) { return IsDigit(c) || IsLetter(c); }

Result<Value> CaseTest(const Value& self, std::string (*change)(std::string_view)) {
  const auto& text = self.as_string();
  return Value(std::ranges::any_of(text, IsLetter) && change(text) == text);
}

const Methods& StringMethods() {
  static const Methods kMethods{
      {"upper", [](const Value& s, const Arguments&) -> Result<Value> { return Value(Upper(s.as_string())); }},
      {"lower", [](const Value& s, const Arguments&) -> Result<Value> { return Value(Lower(s.as_string())); }},
      {"title", [](const Value& s, const Arguments&) -> Result<Value> { return Value(Titled(s.as_string())); }},
      {"capitalize",
       [](const Value& s, const Arguments&) -> Result<Value> { return Value(Capitalized(s.as_string())); }},
      {"strip",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         const auto what = OptionalText(a, 0, "chars", "");
         return Value(StripLeft(StripRight(s.as_string(), what), what));
       }},
      {"lstrip",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         return Value(StripLeft(s.as_string(), OptionalText(a, 0, "chars", "")));
       }},
      {"rstrip",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         return Value(StripRight(s.as_string(), OptionalText(a, 0, "chars", "")));
       }},
      {"startswith",
       [](const Value& s, const Arguments& a) {
         return Affix(s, a, [](std::string_view text, std::string_view part) { return text.starts_with(part); });
       }},
      {"endswith",
       [](const Value& s, const Arguments& a) {
         return Affix(s, a, [](std::string_view text, std::string_view part) { return text.ends_with(part); });
       }},
      {"format",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(auto text, BraceFormat(s.as_string(), a));
         return Value(std::move(text));
       }},
      {"find",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(const auto what, TextArgument(a, 0, "sub"));
         const auto at = s.as_string().find(what);
         return Value(at == std::string::npos ? int64_t{-1} : static_cast<int64_t>(at));
       }},
      {"count",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(const auto what, TextArgument(a, 0, "sub"));
         int64_t count = 0;
         if (what.empty()) return Value(static_cast<int64_t>(s.as_string().size() + 1));
         for (auto at = s.as_string().find(what); at != std::string::npos;
              at = s.as_string().find(what, at + what.size())) {
           ++count;
         }
         return Value(count);
       }},
      {"zfill", [](const Value& s, const Arguments& a) { return Pad(s, a, true, '0'); }},
      {"ljust", [](const Value& s, const Arguments& a) { return Pad(s, a, false, ' '); }},
      {"rjust", [](const Value& s, const Arguments& a) { return Pad(s, a, true, ' '); }},
      {"isupper", [](const Value& s, const Arguments&) { return CaseTest(s, Upper); }},
      {"islower", [](const Value& s, const Arguments&) { return CaseTest(s, Lower); }},
      {"isdigit", All<IsDigit>},
      {"isalpha", All<IsLetter>},
      {"isalnum", All<IsEither>},
      {"split", Split},
      {"splitlines", SplitLines},
      {"replace", Replace},
      {"join", JoinItems},
  };
  return kMethods;
}

Result<const Value*> Needed(const Arguments& arguments, size_t position) {
  if (position >= arguments.positional.size()) return Fail(ErrorCode::kInvalidArgument, "an argument is missing");
  return &arguments.positional[position];
}

Result<Value> Pop(const Value& self, const Arguments& arguments) {
  auto& items = self.as_list().items;
  const auto size = static_cast<int64_t>(items.size());
  auto at = arguments.positional.empty()       ? size - 1
            : arguments.positional[0].is_int() ? arguments.positional[0].as_int()
                                               : size;
  if (at < 0) at += size;
  if (at < 0 || at >= size) return Fail(ErrorCode::kInvalidArgument, "pop: there is no such item");
  auto taken = items[static_cast<size_t>(at)];
  items.erase(items.begin() + at);
  return taken;
}

Result<Value> Remove(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto* what, Needed(arguments, 0));
  auto& items = self.as_list().items;
  const auto found = std::ranges::find(items, *what);
  if (found == items.end()) return Fail(ErrorCode::kInvalidArgument, "remove: there is no such item: " + what->Repr());
  items.erase(found);
  return Value();
}

Result<Value> Insert(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto* at, Needed(arguments, 0));
  TARN_ASSIGN(const auto* what, Needed(arguments, 1));
  if (!at->is_int()) return Fail(ErrorCode::kInvalidArgument, "insert needs a position");
  auto& items = self.as_list().items;
  const auto size = static_cast<int64_t>(items.size());
  const auto place = at->as_int() < 0 ? std::max<int64_t>(0, at->as_int() + size) : std::min(at->as_int(), size);
  auto item = *what;
  items.insert(items.begin() + place, std::move(item));
  return Value();
}

Result<Value> Extend(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto* what, Needed(arguments, 0));
  TARN_ASSIGN(const auto more, ItemsOf(*what));
  auto& items = self.as_list().items;
  items.insert(items.end(), more.begin(), more.end());
  return Value();
}

const Methods& ListMethods() {
  static const Methods kMethods{
      {"append",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(const auto* what, Needed(a, 0));
         auto item = *what;
         s.as_list().items.push_back(std::move(item));
         return Value();
       }},
      {"count",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(const auto* what, Needed(a, 0));
         return Value(static_cast<int64_t>(std::ranges::count(s.as_list().items, *what)));
       }},
      {"index",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(const auto* what, Needed(a, 0));
         const auto found = std::ranges::find(s.as_list().items, *what);
         if (found == s.as_list().items.end()) return Fail(ErrorCode::kInvalidArgument, "index: there is no such item");
         return Value(static_cast<int64_t>(found - s.as_list().items.begin()));
       }},
      {"copy", [](const Value& s, const Arguments&) -> Result<Value> { return Value::OfList(s.as_list().items); }},
      {"clear",
       [](const Value& s, const Arguments&) -> Result<Value> {
         s.as_list().items.clear();
         return Value();
       }},
      {"reverse",
       [](const Value& s, const Arguments&) -> Result<Value> {
         std::ranges::reverse(s.as_list().items);
         return Value();
       }},
      {"sort",
       [](const Value& s, const Arguments& a) -> Result<Value> {
         TARN_ASSIGN(const auto sorted, SortedItems(s.as_list().items, a));
         s.as_list().items = sorted;
         return Value();
       }},
      {"extend", Extend},
      {"insert", Insert},
      {"pop", Pop},
      {"remove", Remove},
  };
  return kMethods;
}

Result<Value> Update(const Value& self, const Arguments& arguments) {
  for (const auto& other : arguments.positional) {
    if (!other.is_dict()) return Fail(ErrorCode::kInvalidArgument, "update needs a dict, not " + other.TypeName());
    const auto items = other.as_dict().items;
    for (const auto& [key, value] : items) self.as_dict().Set(key, value);
  }
  for (const auto& [key, value] : arguments.named) self.as_dict().Set(Value(key), value);
  return Value();
}

Result<Value> PopKey(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto* key, Needed(arguments, 0));
  auto& items = self.as_dict().items;
  const auto found = std::ranges::find_if(items, [&](const auto& item) { return item.first == *key; });
  if (found == items.end()) {
    if (arguments.positional.size() > 1) return arguments.positional[1];
    return Fail(ErrorCode::kInvalidArgument, "pop: there is no such key: " + key->Repr());
  }
  auto taken = found->second;
  items.erase(found);
  return taken;
}

Result<Value> Get(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto* key, Needed(arguments, 0));
  if (const auto* found = self.as_dict().Find(*key)) return *found;
  const auto* fallback = arguments.Find(1, "default");
  return fallback != nullptr ? *fallback : Value();
}

Result<Value> SetDefault(const Value& self, const Arguments& arguments) {
  TARN_ASSIGN(const auto* key, Needed(arguments, 0));
  if (const auto* found = self.as_dict().Find(*key)) return *found;
  auto fallback = arguments.positional.size() > 1 ? arguments.positional[1] : Value();
  self.as_dict().Set(*key, fallback);
  return fallback;
}

const Methods& DictMethods() {
  static const Methods kMethods{
      {"items", [](const Value& s, const Arguments&) -> Result<Value> { return PairsOf(s.as_dict()); }},
      {"keys",
       [](const Value& s, const Arguments&) -> Result<Value> {
         TARN_ASSIGN(auto keys, ItemsOf(s));
         return Value::OfList(std::move(keys));
       }},
      {"values",
       [](const Value& s, const Arguments&) -> Result<Value> {
         std::vector<Value> values;
         for (const auto& [key, value] : s.as_dict().items) values.push_back(value);
         return Value::OfList(std::move(values));
       }},
      {"copy", [](const Value& s, const Arguments&) -> Result<Value> { return Value::OfDict(s.as_dict().items); }},
      {"get", Get},
      {"pop", PopKey},
      {"setdefault", SetDefault},
      {"update", Update},
  };
  return kMethods;
}

}  // namespace

Result<Value> CallMethod(const Value& self, const std::string& method, const Arguments& arguments) {
  const auto& methods = self.is_string() ? StringMethods() : self.is_list() ? ListMethods() : DictMethods();
  const auto found = methods.find(method);
  if (found == methods.end()) {
    return Fail(ErrorCode::kUnsupported, "not supported: method " + method + " of " + self.TypeName());
  }
  return found->second(self, arguments);
}

}  // namespace tarn::dbt::jinja
