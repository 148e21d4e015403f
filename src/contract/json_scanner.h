// SPDX-License-Identifier: Apache-2.0
#pragma once
// Strict RFC 8259 walk over a text: simdjson finds the tokens and checks UTF-8, this class checks everything else, so
// that also skipped values are well-formed, and hands out values as slices of the text: numbers keep their digits
// (http-api.md §1, JSON parser). No allocation after warm-up. Thread-compatible; one a thread.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "contract/json_value.h"

namespace simdjson::internal {
class dom_parser_implementation;
}

namespace tarn::contract {

enum class JsonFault : uint8_t { kNone, kSyntax, kUtf8, kTooDeep };

class JsonScanner {
 public:
  JsonScanner();
  ~JsonScanner();
  JsonScanner(JsonScanner&&) noexcept;
  JsonScanner& operator=(JsonScanner&&) noexcept;

  /// Finds the tokens of `text`, which outlives the walk. False: see fault().
  bool Index(std::string_view text);

  JsonFault fault() const { return fault_; }
  /// Where the fault was seen, in bytes from the start of the text.
  size_t fault_at() const { return fault_at_; }
  /// "malformed JSON at byte 17", …
  std::string FaultText() const;

  bool AtEnd() const { return at_ == end_; }
  /// First byte of the next token, NUL at the end.
  char Peek() const { return at_ < end_ ? base_[*at_] : '\0'; }
  /// Takes the token when it starts with `c`.
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  using Mark = const uint32_t*;
  Mark mark() const { return at_; }
  void Rewind(Mark mark) {
    at_ = mark;
    fault_ = JsonFault::kNone;
  }

  /// Reads one value inside `depth` open brackets.
  bool ReadValue(JsonValue& value, int depth);

  /// Reads an object inside `depth` open brackets. `read_member(position, key)` reads the member's value; false from it
  /// ends the walk.
  template <class ReadMember>
  bool ReadObjectWith(JsonValue& object, int depth, ReadMember&& read_member);
  /// The same for an array: `read_element(position)`.
  template <class ReadElement>
  bool ReadArrayWith(JsonValue& array, int depth, ReadElement&& read_element);

  /// Reads an object and calls `on_field(position, key, value)` for each member.
  template <class OnField>
  bool ReadObject(JsonValue& object, int depth, OnField&& on_field) {
    JsonValue value;
    return ReadObjectWith(object, depth, [&](size_t position, const JsonValue& key) {
      if (!ReadValue(value, depth + 1)) return false;
      on_field(position, key, value);
      return true;
    });
  }

  /// Notes a fault at the next token; returns false.
  bool Fault(JsonFault fault) {
    fault_ = fault;
    fault_at_ = *at_;
    return false;
  }

 private:
  /// Takes an opening bracket inside `depth` open ones.
  bool Open(char bracket, int depth) {
    if (Peek() != bracket) return Fault(JsonFault::kSyntax);
    if (depth >= codec::kMaxJsonDepth) return Fault(JsonFault::kTooDeep);
    ++at_;
    return true;
  }
  void Close(JsonValue& value, JsonKind kind, const char* start) {
    value.data = start;
    value.size = static_cast<uint32_t>(base_ + *at_++ - start) + 1;
    value.kind = kind;
  }
  bool ReadKey(JsonValue& key) {
    if (Peek() != '"') return Fault(JsonFault::kSyntax);
    return ReadString(key) && (Take(':') || Fault(JsonFault::kSyntax));
  }
  bool ReadString(JsonValue& value) {
    const char* start = base_ + *at_++;
    const char* close = base_ + *at_ - 1;
    while (*close != '"') --close;  // only blanks lie between a string and the next token
    value.data = start;
    value.size = static_cast<uint32_t>(close - start) + 1;
    value.kind = JsonKind::kString;
    value.escaped = any_escape_ && std::memchr(start, '\\', value.size) != nullptr;
    return close > start && (!value.escaped || CheckEscapes(value.inner()));
  }
  bool ReadNumber(JsonValue& value);
  bool ReadLiteral(JsonValue& value);
  bool ReadNested(JsonValue& value, int depth);
  bool CheckEscapes(std::string_view inner);
  bool RestIsBlank(const char* from);

  std::unique_ptr<simdjson::internal::dom_parser_implementation> tokens_;
  const char* base_ = nullptr;
  const uint32_t* at_ = nullptr;  ///< next token; *end_ is the size of the text
  const uint32_t* end_ = nullptr;
  uint32_t no_tokens_ = 0;  ///< what at_ and end_ point to when there are none
  bool any_escape_ = false;
  JsonFault fault_ = JsonFault::kNone;
  size_t fault_at_ = 0;
};

template <class ReadMember>
bool JsonScanner::ReadObjectWith(JsonValue& object, int depth, ReadMember&& read_member) {
  const char* start = base_ + *at_;
  if (!Open('{', depth)) return false;
  if (Peek() != '}') {
    JsonValue key;
    for (size_t position = 0;; ++position) {
      if (!ReadKey(key) || !read_member(position, key)) return false;
      if (!Take(',')) break;
    }
    if (Peek() != '}') return Fault(JsonFault::kSyntax);
  }
  Close(object, JsonKind::kObject, start);
  return true;
}

template <class ReadElement>
bool JsonScanner::ReadArrayWith(JsonValue& array, int depth, ReadElement&& read_element) {
  const char* start = base_ + *at_;
  if (!Open('[', depth)) return false;
  if (Peek() != ']') {
    for (size_t position = 0;; ++position) {
      if (!read_element(position)) return false;
      if (!Take(',')) break;
    }
    if (Peek() != ']') return Fault(JsonFault::kSyntax);
  }
  Close(array, JsonKind::kArray, start);
  return true;
}

}  // namespace tarn::contract
