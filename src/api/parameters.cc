// SPDX-License-Identifier: Apache-2.0
#include "api/parameters.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"

namespace tarn::api {

void Parameters::Refuse(std::string_view name, std::string type, std::string message) {
  problems_.push_back({std::move(type), {"query", std::string(name)}, std::move(message)});
}

bool Parameters::Bool(std::string_view name, bool fallback) {
  static constexpr std::array<std::string_view, 6> kTrue{"true", "1", "yes", "on", "t", "y"};
  static constexpr std::array<std::string_view, 6> kFalse{"false", "0", "no", "off", "f", "n"};
  const auto value = request_.QueryValue(name);
  if (!value) return fallback;
  const auto lower = Lower(*value);
  if (std::ranges::find(kTrue, lower) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, lower) != kFalse.end()) return false;
  Refuse(name, "bool_parsing", "Input should be a valid boolean");
  return fallback;
}

std::optional<int64_t> Parameters::Integer(std::string_view name, int64_t lowest, int64_t highest) {
  const auto value = request_.QueryValue(name);
  if (!value) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size()) {
    Refuse(name, "int_parsing", "Input should be a valid integer");
    return std::nullopt;
  }
  if (number < lowest || number > highest) {
    Refuse(name, number < lowest ? "greater_than_equal" : "less_than_equal",
           "Input should be between " + std::to_string(lowest) + " and " + std::to_string(highest));
    return std::nullopt;
  }
  return number;
}

std::string Parameters::Text(std::string_view name, std::string_view fallback) const {
  return std::string(request_.QueryValue(name).value_or(fallback));
}

std::string Parameters::Choice(std::string_view name, std::string_view fallback,
                               const std::vector<std::string_view>& choices) {
  const auto value = Lower(request_.QueryValue(name).value_or(fallback));
  if (std::ranges::find(choices, value) != choices.end()) return value;
  std::string expected;
  for (const auto choice : choices) {
    if (!choice.empty()) expected += (expected.empty() ? "'" : ", '") + std::string(choice) + "'";
  }
  Refuse(name, "enum", "Input should be one of " + expected);
  return std::string(fallback);
}

std::optional<codec::Json> BodyObject(const net::Request& request, std::vector<Problem>& problems) {
  if (request.body.empty()) {
    problems.push_back({"missing", {"body"}, "Field required"});
    return std::nullopt;
  }
  auto json = codec::ParseJson(request.body);
  if (!json) {
    problems.push_back({"json_invalid", {"body"}, "JSON decode error: " + json.error().message});
    return std::nullopt;
  }
  if (!json->is_object()) {
    problems.push_back({"model_attributes_type", {"body"}, "Input should be a valid object"});
    return std::nullopt;
  }
  return std::move(*json);
}

}  // namespace tarn::api
