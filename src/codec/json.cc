// SPDX-License-Identifier: Apache-2.0
#include "codec/json.h"

namespace tarn::codec {
namespace {

// Counts brackets outside strings; exact for well-formed text, and malformed text is refused by the parser anyway.
bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

template <class Document>
Result<Document> Parse(std::string_view text) {
  if (IsTooDeep(text)) {
    return Fail(ErrorCode::kInvalidArgument, "JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  try {
    return Document::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Fail(ErrorCode::kInvalidArgument, "malformed JSON at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {
    return Fail(ErrorCode::kInvalidArgument, "a JSON number is out of range");
  }
}

}  // namespace

Result<Json> ParseJson(std::string_view text) { return Parse<Json>(text); }
Result<OrderedJson> ParseOrderedJson(std::string_view text) { return Parse<OrderedJson>(text); }

std::string Dump(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string Dump(const OrderedJson& document) {
  return document.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}
std::string DumpIndented(const OrderedJson& document) {
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace tarn::codec
