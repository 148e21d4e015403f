// SPDX-License-Identifier: Apache-2.0
// Which filters there are, those of numbers and text, and defaults.
#include "dbt/jinja/filters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "dbt/jinja/list_filters.h"
#include "dbt/jinja/methods.h"
#include "dbt/jinja/operators.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

using Filter = Result<Value> (*)(const Value& value, const Arguments& arguments);

bool Flag(const Arguments& arguments, size_t position, std::string_view name, bool fallback) {
  const auto* value = arguments.Find(position, name);
  return value != nullptr ? value->Truth() : fallback;
}

Result<int64_t> Number(const Arguments& arguments, size_t position, std::string_view name, int64_t fallback) {
  const auto* value = arguments.Find(position, name);
  if (value == nullptr) return fallback;
  if (!value->is_number())
    return Fail(ErrorCode::kInvalidArgument, "this argument must be a number: " + std::string(name));
  return value->as_int();
}

std::string TextOr(const Arguments& arguments, size_t position, std::string_view name, std::string fallback) {
  const auto* value = arguments.Find(position, name);
  return value != nullptr ? value->Text() : std::move(fallback);
}

Result<Value> Default(const Value& value, const Arguments& arguments) {
  const bool replaces = value.is_undefined() || (Flag(arguments, 1, "boolean", false) && !value.Truth());
  if (!replaces) return value;
  const auto* fallback = arguments.Find(0, "default_value");
  return fallback != nullptr ? *fallback : Value("");
}

Result<Value> Int(const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto fallback, Number(arguments, 0, "default", 0));
  if (value.is_number()) return Value(value.as_int());
  const auto text = std::string(StripLeft(StripRight(value.Text(), ""), ""));
  double number = 0;
  const auto* last = text.data() + text.size();
  int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), last, whole); read.ec == std::errc() && read.ptr == last) {
    return Value(whole);
  }
  const auto read = std::from_chars(text.data(), last, number);
  const bool fits = read.ec == std::errc() && read.ptr == last && std::fabs(number) < 9.2e18;
  return Value(fits ? static_cast<int64_t>(number) : fallback);
}

Result<Value> Float(const Value& value, const Arguments& arguments) {
  if (value.is_number()) return Value(value.as_float());
  const auto text = std::string(StripLeft(StripRight(value.Text(), ""), ""));
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return Value(number);
  const auto* fallback = arguments.Find(0, "default");
  return fallback != nullptr ? *fallback : Value(0.0);
}

Result<Value> Abs(const Value& value, const Arguments&) {
  if (!value.is_number()) return Fail(ErrorCode::kInvalidArgument, "abs needs a number, not " + value.TypeName());
  if (value.is_float()) return Value(std::fabs(value.as_float()));
  return Value(value.as_int() < 0 ? -value.as_int() : value.as_int());
}

Result<Value> Round(const Value& value, const Arguments& arguments) {
  if (!value.is_number()) return Fail(ErrorCode::kInvalidArgument, "round needs a number, not " + value.TypeName());
  TARN_ASSIGN(const auto digits, Number(arguments, 0, "precision", 0));
  const auto method = TextOr(arguments, 1, "method", "common");
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = value.as_float() * scale;
  if (method == "ceil") return Value(std::ceil(scaled) / scale);
  if (method == "floor") return Value(std::floor(scaled) / scale);
  if (method != "common") return Fail(ErrorCode::kInvalidArgument, "round has no method " + method);
  return Value(std::nearbyint(scaled) / scale);
}

Result<Value> Replace(const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto count, Number(arguments, 2, "count", -1));
  return Value(ReplaceAll(value.Text(), TextOr(arguments, 0, "old", ""), TextOr(arguments, 1, "new", ""),
                          count < 0 ? SIZE_MAX : static_cast<size_t>(count)));
}

Result<Value> Indent(const Value& value, const Arguments& arguments) {
  const auto* width = arguments.Find(0, "width");
  std::string by(4, ' ');
  if (width != nullptr && width->is_string()) by = width->as_string();
  if (width != nullptr && width->is_int())
    by = std::string(static_cast<size_t>(std::clamp<int64_t>(width->as_int(), 0, 1000)), ' ');
  const bool first = Flag(arguments, 1, "first", false);
  const bool blank = Flag(arguments, 2, "blank", false);
  std::string out;
  std::string_view rest = value.as_string();
  for (bool at_first = true;; at_first = false) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    if ((at_first ? first : true) && (blank || !line.empty())) out += by;
    out += line;
    if (end == std::string_view::npos) return Value(std::move(out));
    out += '\n';
    rest = rest.substr(end + 1);
  }
}

Result<Value> Truncate(const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(const auto length, Number(arguments, 0, "length", 255));
  const bool kills_words = Flag(arguments, 1, "killwords", false);
  const auto end = TextOr(arguments, 2, "end", "...");
  TARN_ASSIGN(const auto leeway, Number(arguments, 3, "leeway", 5));
  const auto characters = Characters(value.Text());
  if (static_cast<int64_t>(characters.size()) <= length + leeway) return Value(value.Text());
  std::string cut;
  const auto kept = std::max<int64_t>(0, length - static_cast<int64_t>(Characters(end).size()));
  for (int64_t i = 0; i < kept; ++i) cut += characters[static_cast<size_t>(i)];
  if (!kills_words) cut = cut.substr(0, std::min(cut.rfind(' '), cut.size()));
  return Value(cut + end);
}

Result<Value> Trim(const Value& value, const Arguments& arguments) {
  const auto what = TextOr(arguments, 0, "chars", "");
  return Value(StripLeft(StripRight(value.Text(), what), what));
}

Result<Value> AsBool(const Value& value, const Arguments&) {
  if (value.is_bool()) return value;
  const auto text = Lower(value.Text());
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  return Fail(ErrorCode::kInvalidArgument, "this is neither true nor false: " + value.Text());
}

Result<Value> AsNumber(const Value& value, const Arguments& arguments) {
  if (value.is_number()) return value;
  const auto text = value.Text();
  const bool whole = text.find_first_not_of("+-0123456789") == std::string::npos;
  return whole ? Int(value, arguments) : Float(value, arguments);
}

Result<Value> Format(const Value& value, const Arguments& arguments) {
  TARN_ASSIGN(auto text, PercentFormat(value.Text(), arguments.positional));
  return Value(std::move(text));
}

Result<Value> ToJson(const Value& value, const Arguments& arguments) {
  Arguments sorted;
  sorted.named = {{"sort_keys", Value(true)}};
  TARN_ASSIGN(auto text, JsonText(value, arguments.positional.empty() ? sorted : arguments));
  // The filter, unlike the function, makes text that may stand in HTML.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kEscapes{
      {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"'", "\\u0027"}}};
  for (const auto& [sign, escape] : kEscapes) {
    text = ReplaceAll(text, sign, escape, SIZE_MAX);
  }
  return Value(std::move(text));
}

Result<Value> WordCount(const Value& value, const Arguments&) {
  TARN_ASSIGN(const auto words, CallMethod(Value(value.Text()), "split", {}));
  return Value(static_cast<int64_t>(words.as_list().items.size()));
}

template <std::string (*change)(std::string_view)>
Result<Value> Changed(const Value& value, const Arguments&) {
  return Value(change(value.Text()));
}

Result<Value> Same(const Value& value, const Arguments&) { return value; }
Result<Value> Text(const Value& value, const Arguments&) { return Value(value.Text()); }

const std::map<std::string_view, Filter>& TextFilters() {
  static const std::map<std::string_view, Filter> kFilters{
      {"abs", Abs},
      {"as_bool", AsBool},
      {"as_native", Same},
      {"as_number", AsNumber},
      {"as_text", Text},
      {"capitalize", [](const Value& v, const Arguments& a) { return CallMethod(Value(v.Text()), "capitalize", a); }},
      {"d", Default},
      {"default", Default},
      {"float", Float},
      {"format", Format},
      {"indent", Indent},
      {"int", Int},
      {"lower", Changed<Lower>},
      {"replace", Replace},
      {"round", Round},
      {"safe", Same},
      {"string", Text},
      {"title", [](const Value& v, const Arguments&) -> Result<Value> { return Value(Titled(v.Text())); }},
      {"tojson", ToJson},
      {"trim", Trim},
      {"truncate", Truncate},
      {"upper", Changed<Upper>},
      {"wordcount", WordCount},
  };
  return kFilters;
}

}  // namespace

std::string Titled(const std::string& text) {
  auto out = Lower(text);
  bool inside = false;
  for (auto& c : out) {
    const bool letter = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    if (letter && !inside) c = Upper(c);
    inside = letter || (inside && (c == '\'' || (c >= '0' && c <= '9')));
  }
  return out;
}

Result<Value> ApplyFilter(Interpreter& interpreter, const std::string& filter, const Value& value,
                          const Arguments& arguments) {
  if (value.is_undefined() && filter != "default" && filter != "d") {
    return Fail(ErrorCode::kInvalidArgument, "this is undefined: " + value.missing_name());
  }
  if (const auto found = TextFilters().find(filter); found != TextFilters().end()) {
    if (filter == "indent" && !value.is_string()) return found->second(Value(value.Text()), arguments);
    return found->second(value, arguments);
  }
  return ApplyListFilter(interpreter, filter, value, arguments);
}

}  // namespace tarn::dbt::jinja
