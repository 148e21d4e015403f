// SPDX-License-Identifier: Apache-2.0
#include "codec/yaml.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/json_text.h"

namespace tarn::codec {
namespace {

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Words that YAML 1.1 or 1.2 reads as null or a boolean.
bool IsReservedWord(std::string_view text) {
  if (text.size() > 5) return false;
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  static constexpr std::array<std::string_view, 11> kWords = {"null", "true", "false", "yes", "no", "on",
                                                              "off",  "y",    "n",     "nan", "inf"};
  return std::ranges::find(kWords, lower) != kWords.end();
}

// Characters that mean nothing inside a plain scalar of block style.
bool IsPlainInside(char c) {
  return IsAsciiLetter(c) || IsDigit(c) || std::string_view("_./()+=*<>;,- ").find(c) != std::string_view::npos;
}

bool IsPlainString(std::string_view text) {
  if (text.empty() || (!IsAsciiLetter(text.front()) && text.front() != '_' && text.front() != '/')) return false;
  return text.back() != ' ' && std::ranges::all_of(text, IsPlainInside) && !IsReservedWord(text);
}

// Code points that some reader changes or refuses when they are written as they are.
bool IsTroublesome(std::string_view sequence) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return (at(0) < 0x20 && at(0) != '\n') || at(0) == 0x7F;
  if (sequence.size() == 2) return at(0) == 0xC2 && at(1) <= 0xA0;
  return sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9" || sequence == "\xEF\xBB\xBF" ||
         sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";
}

// A literal block keeps the text when it ends in at most one line break, begins with no blank or empty line (the
// indentation would be guessed from it) and holds printable characters only.
bool FitsLiteralBlock(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
  if (text.ends_with("\n\n") || text.find(" \n") != std::string_view::npos || text.ends_with(' ')) return false;
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    if (size == 0 || IsTroublesome(text.substr(0, size))) return false;
    text.remove_prefix(size);
  }
  return true;
}

uint32_t CodePoint(std::string_view sequence) {
  const auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(sequence[i])); };
  if (sequence.size() == 1) return at(0);
  if (sequence.size() == 2) return (at(0) & 31) << 6 | (at(1) & 63);
  return (at(0) & 15) << 12 | (at(1) & 63) << 6 | (at(2) & 63);
}

void AppendQuoted(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out.push_back('"');
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    const std::string_view sequence = text.substr(0, std::max<size_t>(size, 1));
    text.remove_prefix(sequence.size());
    if (size == 0) {
      out.append("\\uFFFD");
    } else if (sequence == "\n") {
      out.append("\\n");
    } else if (sequence == "\t") {
      out.append("\\t");
    } else if (sequence == "\"" || sequence == "\\") {
      out.append("\\").append(sequence);
    } else if (IsTroublesome(sequence)) {
      const uint32_t point = CodePoint(sequence);
      out.append("\\u");
      for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kDigits[point >> shift & 15]);
    } else {
      out.append(sequence);
    }
  }
  out.push_back('"');
}

void AppendLiteralBlock(std::string& out, std::string_view text, size_t indent) {
  out.append(text.ends_with('\n') ? "|" : "|-");
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (;;) {
    const std::string_view line = text.substr(0, text.find('\n'));
    out.push_back('\n');
    if (!line.empty()) out.append(indent, ' ').append(line);
    if (line.size() == text.size()) return;
    text.remove_prefix(line.size() + 1);
  }
}

void AppendNumber(std::string& out, const OrderedJson& value) {
  if (!value.is_number_float()) {
    out.append(value.dump());
    return;
  }
  const double number = value.get<double>();
  if (std::isnan(number)) {
    out.append(".nan");
  } else if (std::isinf(number)) {
    out.append(number < 0 ? "-.inf" : ".inf");
  } else {
    // YAML 1.1 wants a point before the exponent.
    std::string text;
    AppendJsonDouble(text, number);
    if (const size_t exponent = text.find('e'); exponent != std::string::npos && text.find('.') == std::string::npos) {
      text.insert(exponent, ".0");
    }
    out.append(text);
  }
}

void AppendString(std::string& out, const std::string& text, size_t indent) {
  if (IsPlainString(text)) {
    out.append(text);
  } else if (FitsLiteralBlock(text)) {
    AppendLiteralBlock(out, text, indent);
  } else {
    AppendQuoted(out, text);
  }
}

void AppendScalar(std::string& out, const OrderedJson& value, size_t indent) {
  if (value.is_string()) {
    AppendString(out, value.get_ref<const std::string&>(), indent);
  } else if (value.is_number()) {
    AppendNumber(out, value);
  } else if (value.is_boolean()) {
    out.append(value.get<bool>() ? "true" : "false");
  } else if (value.is_array()) {
    out.append("[]");
  } else if (value.is_object()) {
    out.append("{}");
  } else {
    out.append("null");
  }
}

bool IsBlock(const OrderedJson& value) { return value.is_structured() && !value.empty(); }

// Writes `value` whose first line begins at column `indent` of the current line.
void AppendBlock(std::string& out, const OrderedJson& value, size_t indent) {
  static constexpr size_t kStep = 2;
  if (!IsBlock(value)) {
    AppendScalar(out, value, indent + kStep);
    return;
  }
  bool first = true;
  for (auto member = value.begin(); member != value.end(); ++member) {
    if (!first) out.append("\n").append(indent, ' ');
    first = false;
    if (value.is_array()) {
      out.append("- ");
      AppendBlock(out, *member, indent + kStep);
      continue;
    }
    if (IsPlainString(member.key())) {
      out.append(member.key());
    } else {
      AppendQuoted(out, member.key());
    }
    out.push_back(':');
    if (IsBlock(*member)) {
      out.append("\n").append(indent + kStep, ' ');
    } else {
      out.push_back(' ');
    }
    AppendBlock(out, *member, indent + (IsBlock(*member) ? kStep : 0));
  }
}

}  // namespace

std::string WriteYaml(const OrderedJson& document) {
  std::string out;
  AppendBlock(out, document, 0);
  out.push_back('\n');
  return out;
}

}  // namespace tarn::codec
