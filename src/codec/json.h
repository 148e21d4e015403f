// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON documents for control objects and the API: nlohmann-json without its exceptions. Include codec/json_text.h
// instead where text is only written. Thread-safe.

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

using Json = nlohmann::json;                 ///< members sorted by name
using OrderedJson = nlohmann::ordered_json;  ///< members in the order they came

/// Deepest nesting of arrays and objects that is read (http-api.md §1, JSON parser).
inline constexpr int kMaxJsonDepth = 128;

/// Reads one RFC 8259 document; of members with one name the last wins. kInvalidArgument when malformed, not UTF-8,
/// or deeper than kMaxJsonDepth.
Result<Json> ParseJson(std::string_view text);
Result<OrderedJson> ParseOrderedJson(std::string_view text);

/// Compact text, non-ASCII as it is; bytes that are not UTF-8 become U+FFFD.
std::string Dump(const Json& document);
std::string Dump(const OrderedJson& document);

/// As Dump, over several lines with two blanks a level.
std::string DumpIndented(const OrderedJson& document);

}  // namespace tarn::codec
