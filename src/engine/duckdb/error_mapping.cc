// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/error_mapping.h"

#include <cctype>

namespace tarn::engine {

namespace {

constexpr const char* kCodeKey = "tarn_error_code";
constexpr std::string_view kRedacted = "<redacted>";

ErrorCode CodeOf(duckdb::ExceptionType type) {
  switch (type) {
    case duckdb::ExceptionType::OUT_OF_MEMORY:
      return ErrorCode::kResourceExhausted;
    case duckdb::ExceptionType::INTERRUPT:
      return ErrorCode::kCancelled;
    case duckdb::ExceptionType::IO:
      return ErrorCode::kUnavailable;
    case duckdb::ExceptionType::FATAL:
    case duckdb::ExceptionType::INTERNAL:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

/// Names of other tables are no business of whoever mistypes one.
std::string WithoutSuggestions(std::string text) {
  const auto begin = text.find("\nDid you mean");
  if (begin == std::string::npos) return text;
  auto end = text.find("\n", begin + 1);
  if (end == std::string::npos) end = text.size();
  return text.erase(begin, end - begin);
}

bool IsPathCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '.' || c == '_' || c == '-' || c == '~' ||
         c == '+' || c == '@' || c == '%';
}

bool IsSchemeCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '.'; }

bool EndsUrl(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '"' || c == '\'' || c == ')' || c == ']' || c == ',';
}

/// End of the URL whose "://" is at `colon`.
size_t UrlEnd(std::string_view text, size_t colon) {
  size_t end = colon;
  while (end < text.size() && !EndsUrl(text[end])) ++end;
  return end;
}

/// End of an absolute path of at least two parts that starts at `begin`, or `begin`.
size_t PathEnd(std::string_view text, size_t begin) {
  size_t end = begin;
  size_t slashes = 0;
  while (end < text.size() && IsPathCharacter(text[end])) {
    if (text[end] == '/' && end + 1 < text.size() && IsPathCharacter(text[end + 1]) && text[end + 1] != '/') ++slashes;
    ++end;
  }
  return slashes >= 2 ? end : begin;
}

}  // namespace

void ThrowError(const Error& error) {
  duckdb::unordered_map<std::string, std::string> extra;
  extra[kCodeKey] = std::to_string(static_cast<int>(error.code));
  throw duckdb::Exception(extra, duckdb::ExceptionType::IO, error.message);
}

Error FromDuckDb(const duckdb::ErrorData& data) {
  const auto& extra = data.ExtraInfo();
  if (const auto code = extra.find(kCodeKey); code != extra.end()) {
    return Error{static_cast<ErrorCode>(std::stoi(code->second)), Redact(data.RawMessage()), {}};
  }
  return Error{CodeOf(data.Type()), Redact(WithoutSuggestions(data.Message())), {}};
}

std::string Redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    if (text.substr(at, 3) == "://") {
      while (!out.empty() && IsSchemeCharacter(out.back())) out.pop_back();
      out += kRedacted;
      at = UrlEnd(text, at);
      continue;
    }
    if (text[at] == '/' && (at == 0 || !IsPathCharacter(text[at - 1]))) {
      if (const size_t end = PathEnd(text, at); end > at) {
        out += kRedacted;
        at = end;
        continue;
      }
    }
    out.push_back(text[at++]);
  }
  return out;
}

}  // namespace tarn::engine
