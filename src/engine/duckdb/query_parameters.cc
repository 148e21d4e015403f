// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/query_parameters.h"

#include <algorithm>
#include <charconv>

#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

/// 1-based position of a parameter named by number, 0 for a named one.
size_t PositionOf(const std::string& name) {
  size_t position = 0;
  const auto* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data(), end, position);
  return error == std::errc() && at == end ? position : 0;
}

Result<ParameterValues> BindPositional(const PositionalParameters& given, const std::vector<std::string>& names) {
  ParameterValues values;
  size_t expected = 0;
  for (const auto& name : names) {
    const size_t position = PositionOf(name);
    if (position == 0)
      return Fail(ErrorCode::kInvalidArgument, "parameters are given by position, the query names $" + name);
    expected = std::max(expected, position);
    if (position <= given.size()) values[name] = duckdb::BoundParameterData(ToParameter(given[position - 1]));
  }
  if (expected != given.size()) {
    return Fail(ErrorCode::kInvalidArgument, "the query expects " + std::to_string(expected) +
                                                 " parameters, given are " + std::to_string(given.size()));
  }
  return values;
}

Result<ParameterValues> BindNamed(const NamedParameters& given, const std::vector<std::string>& names) {
  ParameterValues values;
  for (const auto& [name, value] : given) values[name] = duckdb::BoundParameterData(ToParameter(value));
  for (const auto& name : names) {
    if (!values.contains(name)) return Fail(ErrorCode::kInvalidArgument, "parameter is missing: $" + name);
  }
  for (const auto& [name, value] : given) {
    const bool is_known =
        std::ranges::any_of(names, [&](const auto& known) { return duckdb::StringUtil::CIEquals(known, name); });
    if (!is_known) return Fail(ErrorCode::kInvalidArgument, "the query has no parameter $" + name);
  }
  return values;
}

}  // namespace

Result<ParameterValues> BindParameters(const QueryRequest& request, const std::vector<std::string>& names) {
  if (const auto* positional = std::get_if<PositionalParameters>(&request.parameters)) {
    return BindPositional(*positional, names);
  }
  if (const auto* named = std::get_if<NamedParameters>(&request.parameters)) return BindNamed(*named, names);
  if (names.empty()) return ParameterValues{};
  return Fail(ErrorCode::kInvalidArgument,
              "the query expects " + std::to_string(names.size()) + " parameters, none are given");
}

}  // namespace tarn::engine
