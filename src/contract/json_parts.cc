// SPDX-License-Identifier: Apache-2.0
#include "contract/json_parts.h"

namespace tarn::contract {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What may stand between two parts.
const char* Skip(const char* at) {
  while (IsBlank(*at) || *at == ',' || *at == ':') ++at;
  return at;
}

const char* ReadString(const char* at, JsonValue& value) {
  const char* start = at++;
  value.escaped = false;
  for (; *at != '"'; ++at) {
    if (*at != '\\') continue;
    value.escaped = true;
    ++at;
  }
  value.kind = JsonKind::kString;
  value.data = start;
  value.size = static_cast<uint32_t>(at + 1 - start);
  return at + 1;
}

/// Behind the bracket that closes the one at `at`.
const char* SkipNested(const char* at) {
  JsonValue text;
  int open = 0;
  for (;;) {
    if (*at == '"') {
      at = ReadString(at, text);
      continue;
    }
    if (*at == '{' || *at == '[') ++open;
    if ((*at == '}' || *at == ']') && --open == 0) return at + 1;
    ++at;
  }
}

bool EndsWord(char c) { return IsBlank(c) || c == ',' || c == ']' || c == '}'; }

/// A number or a literal, which ends before `end` at the latest.
const char* ReadWord(const char* at, const char* end, JsonValue& value) {
  const char* start = at;
  value.integer = true;
  for (; at != end && !EndsWord(*at); ++at) {
    if (*at == '.' || *at == 'e' || *at == 'E') value.integer = false;
  }
  const bool literal = *start == 't' || *start == 'f' || *start == 'n';
  value.kind = !literal ? JsonKind::kNumber : *start == 'n' ? JsonKind::kNull : JsonKind::kBoolean;
  value.integer = value.integer && !literal;
  value.data = start;
  value.size = static_cast<uint32_t>(at - start);
  return at;
}

const char* ReadValue(const char* at, const char* end, JsonValue& value) {
  value = JsonValue();
  if (*at == '"') return ReadString(at, value);
  if (*at != '{' && *at != '[') return ReadWord(at, end, value);
  const char* start = at;
  at = SkipNested(at);
  value.kind = *start == '{' ? JsonKind::kObject : JsonKind::kArray;
  value.data = start;
  value.size = static_cast<uint32_t>(at - start);
  return at;
}

}  // namespace

bool JsonParts::Next(JsonValue& element) {
  at_ = Skip(at_);
  if (*at_ == ']') return false;
  at_ = ReadValue(at_, nullptr, element);
  return true;
}

bool JsonParts::Next(JsonValue& key, JsonValue& value) {
  at_ = Skip(at_);
  if (*at_ == '}') return false;
  key = JsonValue();
  at_ = Skip(ReadString(at_, key));
  at_ = ReadValue(at_, nullptr, value);
  return true;
}

JsonValue CheckedValue(std::string_view text) {
  JsonValue value;
  ReadValue(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace tarn::contract
