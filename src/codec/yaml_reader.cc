// SPDX-License-Identifier: Apache-2.0
#include "codec/yaml.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <limits>
#include <memory>
#include <optional>

#include "codec/json_text.h"

namespace tarn::codec {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (text == word) return true;
  }
  return false;
}

std::optional<OrderedJson> ReadInteger(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0o")) base = 8;
  if (base != 10) text.remove_prefix(2);
  if (base == 10 && text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (base != 10 && text.front() == '-') || text.starts_with("+")) return std::nullopt;
  const char* const begin = std::to_address(text.begin());
  const char* const end = std::to_address(text.end());
  int64_t small = 0;
  if (const auto read = std::from_chars(begin, end, small, base); read.ec == std::errc() && read.ptr == end) {
    return OrderedJson(small);
  }
  uint64_t large = 0;
  if (const auto read = std::from_chars(begin, end, large, base); read.ec == std::errc() && read.ptr == end) {
    return OrderedJson(large);
  }
  return std::nullopt;
}

std::optional<OrderedJson> ReadFloat(std::string_view text) {
  std::string_view number = text;
  if (number.starts_with('+')) number.remove_prefix(1);
  const bool negative = number.starts_with('-');
  const std::string_view magnitude = negative ? number.substr(1) : number;
  if (IsOneOf(magnitude, {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return OrderedJson(negative ? -infinity : infinity);
  }
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"})) return OrderedJson(std::numeric_limits<double>::quiet_NaN());
  if (magnitude.empty() || magnitude.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return std::nullopt;
  }
  double value = 0;
  const char* const end = std::to_address(number.end());
  const auto read = std::from_chars(std::to_address(number.begin()), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return OrderedJson(value);
}

OrderedJson ReadPlainScalar(const std::string& text) {
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (IsOneOf(text, {"true", "True", "TRUE"})) return true;
  if (IsOneOf(text, {"false", "False", "FALSE"})) return false;
  if (auto integer = ReadInteger(text)) return std::move(*integer);
  if (auto number = ReadFloat(text)) return std::move(*number);
  return text;
}

class Converter {
 public:
  Result<OrderedJson> Convert(const YAML::Node& node, int depth) {
    if (++values_ > kMaxYamlValues) {
      return Fail(ErrorCode::kInvalidArgument,
                  "YAML document holds more than " + std::to_string(kMaxYamlValues) + " values");
    }
    if ((node.IsMap() || node.IsSequence()) && depth > kMaxJsonDepth) {
      return Fail(ErrorCode::kInvalidArgument,
                  "YAML is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    if (node.IsMap()) return ConvertMap(node, depth);
    if (node.IsSequence()) return ConvertSequence(node, depth);
    if (!node.IsScalar()) return OrderedJson(nullptr);
    const bool is_string = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
    return is_string ? OrderedJson(node.Scalar()) : ReadPlainScalar(node.Scalar());
  }

 private:
  Result<OrderedJson> ConvertMap(const YAML::Node& node, int depth) {
    OrderedJson object = OrderedJson::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) return Fail(ErrorCode::kInvalidArgument, "a YAML mapping key is not a scalar");
      TARN_ASSIGN(object[member.first.Scalar()], Convert(member.second, depth + 1));
    }
    return object;
  }

  Result<OrderedJson> ConvertSequence(const YAML::Node& node, int depth) {
    OrderedJson array = OrderedJson::array();
    for (const auto& element : node) {
      TARN_ASSIGN(auto value, Convert(element, depth + 1));
      array.push_back(std::move(value));
    }
    return array;
  }

  size_t values_ = 0;
};

}  // namespace

Result<OrderedJson> ParseYaml(std::string_view text) {
  // The library replaces other bytes silently, and not the same way each time.
  if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "YAML is not UTF-8");
  try {
    return Converter().Convert(YAML::Load(std::string(text)), 1);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, "malformed YAML at line " + std::to_string(error.mark.line + 1) +
                                                 ", column " + std::to_string(error.mark.column + 1));
  } catch (const std::exception&) {
    return Fail(ErrorCode::kInvalidArgument, "malformed YAML");
  }
}

}  // namespace tarn::codec
