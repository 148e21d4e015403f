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

duckdb::Value ToEngine(const Parameter& parameter);

/// Elements get the narrowest type that holds them all.
duckdb::Value ToList(const Parameter& parameter) {
  duckdb::vector<duckdb::Value> values;
  auto type = duckdb::LogicalType(duckdb::LogicalType::SQLNULL);
  for (const auto& item : parameter.items) {
    values.push_back(ToEngine(item));
    type = duckdb::LogicalType::ForceMaxLogicalType(type, values.back().type());
  }
  for (auto& value : values) value = value.DefaultCastAs(type);
  return duckdb::Value::LIST(type, std::move(values));
}

duckdb::Value ToStruct(const Parameter& parameter) {
  duckdb::child_list_t<duckdb::Value> members;
  for (size_t i = 0; i < parameter.items.size(); ++i) {
    members.emplace_back(parameter.names[i], ToEngine(parameter.items[i]));
  }
  return members.empty() ? duckdb::Value("{}") : duckdb::Value::STRUCT(std::move(members));
}

duckdb::Value ToEngine(const Parameter& parameter) {
  switch (parameter.kind) {
    case Parameter::Kind::kScalar:
      return ToParameter(parameter.scalar);
    case Parameter::Kind::kList:
      return ToList(parameter);
    case Parameter::Kind::kObject:
      return ToStruct(parameter);
  }
  return duckdb::Value();
}

Result<ParameterValues> BindPositional(const PositionalParameters& given, const std::vector<std::string>& names) {
  ParameterValues values;
  size_t expected = 0;
  for (const auto& name : names) {
    const size_t position = PositionOf(name);
    if (position == 0)
      return Fail(ErrorCode::kInvalidArgument, "parameters are given by position, the query names $" + name);
    expected = std::max(expected, position);
    if (position <= given.size()) values[name] = duckdb::BoundParameterData(ToEngine(given[position - 1]));
  }
  if (expected != given.size()) {
    return Fail(ErrorCode::kInvalidArgument, "the query expects " + std::to_string(expected) +
                                                 " parameters, given are " + std::to_string(given.size()));
  }
  return values;
}

Result<ParameterValues> BindNamed(const NamedParameters& given, const std::vector<std::string>& names) {
  ParameterValues values;
  for (const auto& [name, value] : given) values[name] = duckdb::BoundParameterData(ToEngine(value));
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
