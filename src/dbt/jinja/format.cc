// SPDX-License-Identifier: Apache-2.0
// Values in patterns: Python's % and str.format.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "dbt/jinja/operators.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

constexpr int kMaxWidth = 1000;

/// What stands between % or : and the letter of the conversion.
struct Spec {
  char fill = ' ';
  char align = 0;  ///< '<', '>', '^' or 0: the type's own
  bool plus = false;
  bool grouped = false;
  int width = 0;
  int precision = -1;
  char type = 's';
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Result<int> NumberAt(std::string_view text, size_t& at) {
  int number = 0;
  for (; at < text.size() && IsDigit(text[at]); ++at) number = std::min(number * 10 + (text[at] - '0'), kMaxWidth + 1);
  if (number > kMaxWidth) return Fail(ErrorCode::kInvalidArgument, "a width of a pattern is too large");
  return number;
}

std::string Grouped(std::string digits) {
  const auto start = digits.starts_with('-') || digits.starts_with('+') ? 1U : 0U;
  auto end = digits.find('.');
  if (end == std::string::npos) end = digits.size();
  for (auto at = end; at > start + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

Result<std::string> NumberText(const Value& value, const Spec& spec) {
  if (!value.is_number()) {
    return Fail(ErrorCode::kInvalidArgument, "a pattern wants a number here, not " + value.TypeName());
  }
  char buffer[512];
  std::string text;
  if (spec.type == 'd' || spec.type == 'i') {
    text = std::to_string(value.as_int());
  } else if (spec.type == 'x') {
    std::snprintf(buffer, sizeof buffer, "%llx", static_cast<unsigned long long>(value.as_int()));
    text = buffer;
  } else {
    const std::string pattern = std::string("%.*") + spec.type;
    const int precision = std::min(spec.precision < 0 ? 6 : spec.precision, 100);
    // Pattern and argument agree: one of e, f, g and a double.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    std::snprintf(buffer, sizeof buffer, pattern.c_str(), precision, value.as_float());
#pragma GCC diagnostic pop
    text = buffer;
  }
  if (spec.plus && !text.starts_with('-')) text.insert(0, "+");
  return spec.grouped ? Grouped(std::move(text)) : text;
}

Result<std::string> Formatted(const Value& value, const Spec& spec) {
  std::string text;
  const bool numeric = std::string_view("dixefg").find(spec.type) != std::string_view::npos;
  if (numeric) {
    TARN_ASSIGN(text, NumberText(value, spec));
  } else if (spec.type == 's' || spec.type == 'r') {
    text = spec.type == 'r' ? value.Repr() : value.Text();
    if (spec.precision >= 0) {
      TARN_ASSIGN(const auto cut, SliceOf(Value(text), {.from = 0, .to = spec.precision, .step = 1}));
      text = cut.as_string();
    }
  } else {
    return Fail(ErrorCode::kUnsupported, "not supported in a pattern: " + std::string(1, spec.type));
  }
  const auto size = static_cast<int>(Characters(text).size());
  if (size >= spec.width) return text;
  const auto missing = static_cast<size_t>(spec.width - size);
  const char align = spec.align != 0 ? spec.align : numeric || (value.is_number() && !value.is_bool()) ? '>' : '<';
  if (align == '<') return text + std::string(missing, spec.fill);
  if (align == '^') {
    return std::string(missing / 2, spec.fill) + text + std::string(missing - missing / 2, spec.fill);
  }
  const bool signed_text = spec.fill == '0' && (text.starts_with('-') || text.starts_with('+'));
  if (signed_text) return text.substr(0, 1) + std::string(missing, '0') + text.substr(1);
  return std::string(missing, spec.fill) + text;
}

Result<Spec> PercentSpec(std::string_view pattern, size_t& at) {
  Spec spec;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == '-') {
      spec.align = '<';
    } else if (pattern[at] == '0') {
      spec.fill = '0';
    } else if (pattern[at] == '+') {
      spec.plus = true;
    } else if (pattern[at] != ' ') {
      break;
    }
  }
  if (spec.align == 0) spec.align = '>';
  TARN_ASSIGN(spec.width, NumberAt(pattern, at));
  if (at < pattern.size() && pattern[at] == '.') {
    ++at;
    TARN_ASSIGN(spec.precision, NumberAt(pattern, at));
  }
  if (at >= pattern.size()) return Fail(ErrorCode::kInvalidArgument, "a pattern ends inside a conversion");
  spec.type = pattern[at++];
  return spec;
}

Result<Spec> BraceSpec(std::string_view text, const Value& value) {
  Spec spec;
  spec.type = value.is_float() ? 'R' : 's';
  size_t at = 0;
  const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^'; };
  if (text.size() > 1 && is_align(text[1])) {
    spec.fill = text[0];
    spec.align = text[1];
    at = 2;
  } else if (!text.empty() && is_align(text[0])) {
    spec.align = text[0];
    at = 1;
  }
  if (at < text.size() && text[at] == '+') {
    spec.plus = true;
    ++at;
  }
  if (at < text.size() && text[at] == '0') {
    spec.fill = '0';
    if (spec.align == 0) spec.align = '>';
  }
  TARN_ASSIGN(spec.width, NumberAt(text, at));
  if (at < text.size() && text[at] == ',') {
    spec.grouped = true;
    spec.type = value.is_float() ? 'f' : 'd';
    ++at;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    TARN_ASSIGN(spec.precision, NumberAt(text, at));
    if (value.is_float()) spec.type = 'g';
  }
  if (at < text.size()) spec.type = text[at++];
  if (at != text.size()) return Fail(ErrorCode::kUnsupported, "not supported in a pattern: " + std::string(text));
  if (spec.type == 'R') spec.type = 's';
  return spec;
}

/// Fields are numbered by their place or by hand, not both.
struct Numbering {
  size_t next = 0;
  bool by_hand = false;
};

Result<Value> FieldOf(const std::string& field, const Arguments& values, Numbering& numbering) {
  const auto end = std::min(field.find('.'), field.find('['));
  if (end != std::string::npos) return Fail(ErrorCode::kUnsupported, "not supported in a pattern: {" + field + "}");
  if (field.empty() || std::ranges::all_of(field, IsDigit)) {
    size_t index = numbering.next;
    if (field.empty() ? numbering.by_hand : index > 0) {
      return Fail(ErrorCode::kInvalidArgument, "a pattern numbers some fields by hand and some not");
    }
    if (field.empty()) {
      ++numbering.next;
    } else {
      numbering.by_hand = true;
      std::from_chars(field.data(), field.data() + field.size(), index);
    }
    if (index >= values.positional.size())
      return Fail(ErrorCode::kInvalidArgument, "a pattern has more fields than values");
    return values.positional[index];
  }
  const auto* named = values.Find(SIZE_MAX, field);
  if (named == nullptr) return Fail(ErrorCode::kInvalidArgument, "a pattern names a value that is not given: " + field);
  return *named;
}

}  // namespace

Result<std::string> PercentFormat(const std::string& pattern, const std::vector<Value>& values) {
  std::string out;
  size_t next = 0;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '%') {
      out += pattern[at++];
      continue;
    }
    ++at;
    if (at < pattern.size() && pattern[at] == '(') {
      return Fail(ErrorCode::kUnsupported, "not supported in a pattern: %(name)s");
    }
    if (at < pattern.size() && pattern[at] == '%') {
      out += pattern[at++];
      continue;
    }
    TARN_ASSIGN(const auto spec, PercentSpec(pattern, at));
    if (next >= values.size()) return Fail(ErrorCode::kInvalidArgument, "a pattern has more conversions than values");
    TARN_ASSIGN(const auto text, Formatted(values[next++], spec));
    out += text;
  }
  if (next < values.size()) return Fail(ErrorCode::kInvalidArgument, "a pattern has fewer conversions than values");
  return out;
}

Result<std::string> BraceFormat(const std::string& pattern, const Arguments& values) {
  std::string out;
  Numbering numbering;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    const bool doubled = (c == '{' || c == '}') && at + 1 < pattern.size() && pattern[at + 1] == c;
    if (doubled || (c != '{' && c != '}')) {
      out += c;
      at += doubled ? 1 : 0;
      continue;
    }
    const auto close = pattern.find('}', at);
    if (c == '}' || close == std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "a pattern has a single brace; double it to print it");
    }
    const auto inside = pattern.substr(at + 1, close - at - 1);
    const auto colon = inside.find(':');
    TARN_ASSIGN(const auto value, FieldOf(inside.substr(0, colon), values, numbering));
    TARN_ASSIGN(const auto spec,
                BraceSpec(colon == std::string::npos ? "" : std::string_view(inside).substr(colon + 1), value));
    TARN_ASSIGN(const auto text, Formatted(value, spec));
    out += text;
    at = close;
  }
  return out;
}

}  // namespace tarn::dbt::jinja
