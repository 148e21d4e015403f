// SPDX-License-Identifier: Apache-2.0
#include "contract/json_scanner.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>

#include "base/assert.h"
#include "codec/json_text.h"

namespace tarn::contract {
namespace {

/// Token buffers up to this text size are kept from text to text; larger ones go with the next small text.
constexpr size_t kKeptTextBytes = 1U << 20;
constexpr size_t kSmallestTextBytes = 4U << 10;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The four hex digits at `at`; -1 when there are fewer or other characters.
int HexUnit(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int unit = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int digit = HexDigit(text[at + i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool IsHighSurrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// The code point of the escape sequence whose 'u' is at `at`; moves `at` behind it. -1: malformed or half a pair.
int ReadUnicodeEscape(std::string_view text, size_t& at) {
  const int unit = HexUnit(text, at + 1);
  at += 5;
  if (unit < 0 || IsLowSurrogate(unit)) return -1;
  if (!IsHighSurrogate(unit)) return unit;
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  const int low = HexUnit(text, at + 2);
  if (!IsLowSurrogate(low)) return -1;
  at += 6;
  return 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00);
}

/// The character a one-letter escape stands for; NUL when there is no such escape.
char SimpleEscape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

void AppendUtf8(std::string& out, int code) {
  const auto put = [&](int byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

std::string_view StringOf(const JsonValue& value, std::string& scratch) {
  const auto inner = value.inner();
  if (!value.escaped) return inner;
  scratch.clear();
  for (size_t at = 0; at < inner.size();) {
    const auto escape = std::min(inner.find('\\', at), inner.size());
    scratch.append(inner, at, escape - at);
    at = escape + 1;
    if (at >= inner.size()) break;
    if (inner[at] == 'u') {
      AppendUtf8(scratch, ReadUnicodeEscape(inner, at));
    } else {
      scratch += SimpleEscape(inner[at++]);
    }
  }
  return scratch;
}

void AppendJson(std::string& out, const JsonValue& value) {
  if (value.bare) return codec::AppendJsonString(out, value.inner());
  out += value.text();
}

JsonScanner::JsonScanner() : at_(&no_tokens_), end_(&no_tokens_) {}
JsonScanner::~JsonScanner() = default;
JsonScanner::JsonScanner(JsonScanner&& other) noexcept : JsonScanner() { *this = std::move(other); }
JsonScanner& JsonScanner::operator=(JsonScanner&& other) noexcept {
  // A walk does not survive a move; the buffers do.
  tokens_ = std::move(other.tokens_);
  at_ = end_ = &no_tokens_;
  other.at_ = other.end_ = &other.no_tokens_;
  return *this;
}

bool JsonScanner::Index(std::string_view text) {
  base_ = text.data();
  fault_ = JsonFault::kNone;
  no_tokens_ = static_cast<uint32_t>(text.size());
  at_ = end_ = &no_tokens_;
  TARN_ASSERT(text.size() < UINT32_MAX);
  if (text.empty()) return true;
  const size_t wanted = std::bit_ceil(std::max(text.size(), kSmallestTextBytes));
  if (!tokens_) {
    TARN_ASSERT(!simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, tokens_));
  } else if (tokens_->capacity() < wanted || (tokens_->capacity() > kKeptTextBytes && wanted <= kKeptTextBytes)) {
    TARN_ASSERT(!tokens_->set_capacity(wanted));
  }
  const auto error =
      tokens_->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(), simdjson::stage1_mode::regular);
  if (error == simdjson::EMPTY) return true;
  if (error != simdjson::SUCCESS) {
    return Fault(error == simdjson::UTF8_ERROR ? JsonFault::kUtf8 : JsonFault::kSyntax);
  }
  at_ = tokens_->structural_indexes.get();
  end_ = at_ + tokens_->n_structural_indexes;
  any_escape_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
  return true;
}

std::string JsonScanner::FaultText() const {
  switch (fault_) {
    case JsonFault::kNone:
      return "";
    case JsonFault::kUtf8:
      return "Invalid JSON: not UTF-8";
    case JsonFault::kTooDeep:
      return "Invalid JSON: nested deeper than " + std::to_string(codec::kMaxJsonDepth) + " levels";
    case JsonFault::kSyntax:
      break;
  }
  return "Invalid JSON: malformed near byte " + std::to_string(fault_at_);
}

bool JsonScanner::ReadValue(JsonValue& value, int depth) {
  switch (Peek()) {
    case '"':
      return ReadString(value);
    case '{':
    case '[':
      return ReadNested(value, depth);
    case 't':
    case 'f':
    case 'n':
      return ReadLiteral(value);
    default:
      return ReadNumber(value);
  }
}

bool JsonScanner::ReadNested(JsonValue& value, int depth) {
  JsonValue inner;
  if (Peek() == '{') {
    return ReadObjectWith(value, depth, [&](size_t, const JsonValue&) { return ReadValue(inner, depth + 1); });
  }
  return ReadArrayWith(value, depth, [&](size_t) { return ReadValue(inner, depth + 1); });
}

bool JsonScanner::RestIsBlank(const char* from) {
  const char* limit = base_ + at_[1];
  while (from < limit && IsBlank(*from)) ++from;
  return from == limit || Fault(JsonFault::kSyntax);
}

bool JsonScanner::ReadNumber(JsonValue& value) {
  if (AtEnd()) return Fault(JsonFault::kSyntax);
  const char* start = base_ + *at_;
  const char* limit = base_ + at_[1];
  const char* p = start;
  const auto digits = [&] {
    const char* first = p;
    while (p < limit && IsDigit(*p)) ++p;
    return p > first;
  };
  if (*p == '-') ++p;
  if (p < limit && *p == '0') {
    ++p;
  } else if (!digits()) {
    return Fault(JsonFault::kSyntax);
  }
  value.integer = true;
  if (p < limit && *p == '.') {
    ++p;
    value.integer = false;
    if (!digits()) return Fault(JsonFault::kSyntax);
  }
  if (p < limit && (*p == 'e' || *p == 'E')) {
    ++p;
    value.integer = false;
    if (p < limit && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return Fault(JsonFault::kSyntax);
  }
  if (p != limit && !RestIsBlank(p)) return false;
  value.data = start;
  value.size = static_cast<uint32_t>(p - start);
  value.kind = JsonKind::kNumber;
  ++at_;
  return true;
}

bool JsonScanner::ReadLiteral(JsonValue& value) {
  const char* start = base_ + *at_;
  const std::string_view rest(start, at_[1] - *at_);
  const std::string_view literal = *start == 't' ? "true" : *start == 'f' ? "false" : "null";
  if (!rest.starts_with(literal)) return Fault(JsonFault::kSyntax);
  if (!RestIsBlank(start + literal.size())) return false;
  value.data = start;
  value.size = static_cast<uint32_t>(literal.size());
  value.kind = *start == 'n' ? JsonKind::kNull : JsonKind::kBoolean;
  ++at_;
  return true;
}

bool JsonScanner::CheckEscapes(std::string_view inner) {
  for (size_t at = inner.find('\\'); at < inner.size(); at = inner.find('\\', at)) {
    ++at;
    if (at >= inner.size()) return Fault(JsonFault::kSyntax);
    if (inner[at] == 'u') {
      if (ReadUnicodeEscape(inner, at) < 0) return Fault(JsonFault::kSyntax);
    } else {
      if (SimpleEscape(inner[at]) == '\0') return Fault(JsonFault::kSyntax);
      ++at;
    }
  }
  return true;
}

}  // namespace tarn::contract
