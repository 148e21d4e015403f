// SPDX-License-Identifier: Apache-2.0
#include "api/query_call.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::Json;
using query::Format;
using query::UserQuery;
using Outcome = std::expected<UserQuery, net::Response>;

constexpr std::string_view kFormatWords = "'json', 'ndjson', 'csv', 'arrow' or 'parquet'";

std::unexpected<net::Response> Refuse(int status, std::string_view detail) {
  return std::unexpected(net::ErrorResponse(status, detail));
}

/// A named format; nullopt for an unknown word; arrow and parquet come with later work.
std::optional<Format> FormatOf(std::string_view word) {
  if (word == "json") return Format::kJson;
  if (word == "ndjson") return Format::kNdjson;
  if (word == "csv") return Format::kCsv;
  return std::nullopt;
}

bool IsLaterFormat(std::string_view word) { return word == "arrow" || word == "parquet"; }

std::expected<Format, net::Response> FormatByAccept(const net::Request& request) {
  const auto accept = Lower(request.Header("accept").value_or("*/*"));
  bool later = false;
  for (size_t at = 0; at <= accept.size();) {
    const auto end = std::min(accept.find(',', at), accept.size());
    auto type = accept.substr(at, end - at);
    at = end + 1;
    type = type.substr(0, type.find(';'));
    type.erase(0, type.find_first_not_of(' '));
    type.erase(type.find_last_not_of(' ') + 1);
    if (type.empty() || type == "*/*" || type == "application/*" || type == "application/json") return Format::kJson;
    if (type == "text/csv" || type == "text/*") return Format::kCsv;
    if (type == "application/x-ndjson" || type == "application/ndjson") return Format::kNdjson;
    later = later || type.starts_with("application/vnd.apache.");
  }
  if (later) return std::unexpected(NotInThisBuild("the Arrow and Parquet result formats"));
  return std::unexpected(net::ErrorResponse(406,
                                            "no acceptable result format: ask for application/json, "
                                            "application/x-ndjson or text/csv",
                                            "not_acceptable"));
}

/// `format` (empty = by Accept), shared by GET and POST.
std::expected<Format, net::Response> ChooseFormat(const net::Request& request, const std::string& word,
                                                  const char* where) {
  if (word.empty()) return FormatByAccept(request);
  const auto lower = Lower(word);
  if (IsLaterFormat(lower)) return std::unexpected(NotInThisBuild("the result format " + lower));
  if (const auto format = FormatOf(lower)) return *format;
  return std::unexpected(ProblemsAnswer({{"enum", {where, "format"}, "Input should be " + std::string(kFormatWords)}}));
}

std::optional<net::Response> CheckText(const std::string& sql) {
  const bool blank = std::ranges::all_of(sql, [](unsigned char c) { return std::isspace(c) != 0; });
  if (blank) return net::ErrorResponse(400, "Empty SQL: send one SELECT");
  return std::nullopt;
}

size_t CountCharacters(std::string_view utf8) {
  return static_cast<size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

engine::Parameter ParameterValue(const Json& json);

engine::Parameter NestedParameter(const Json& json) {
  engine::Parameter parameter;
  parameter.kind = json.is_array() ? engine::Parameter::Kind::kList : engine::Parameter::Kind::kObject;
  for (const auto& [name, value] : json.items()) {
    parameter.items.push_back(ParameterValue(value));
    if (json.is_object()) parameter.names.push_back(name);
  }
  return parameter;
}

/// JSON types map to SQL types: arrays to lists, objects to structs.
engine::Parameter ParameterValue(const Json& json) {
  if (json.is_null()) return std::monostate();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return json.dump();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return NestedParameter(json);
}

/// Reads `parameters`; false when it is neither array nor object.
bool ReadParameters(const Json& body, UserQuery& query) {
  const auto found = body.find("parameters");
  if (found == body.end() || found->is_null()) {
    const auto alias = body.find("params");
    if (alias == body.end() || alias->is_null()) return true;
    return ReadParameters(Json{{"parameters", *alias}}, query);
  }
  if (found->is_array()) {
    engine::PositionalParameters values;
    for (const auto& value : *found) values.push_back(ParameterValue(value));
    query.request.parameters = std::move(values);
    return true;
  }
  if (!found->is_object()) return false;
  engine::NamedParameters values;
  for (const auto& [name, value] : found->items()) values[name] = ParameterValue(value);
  query.request.parameters = std::move(values);
  return true;
}

std::optional<int64_t> BodyInteger(const Json& body, const char* name, int64_t lowest, int64_t highest,
                                   std::vector<Problem>& problems) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::nullopt;
  if (!found->is_number_integer()) {
    problems.push_back({"int_type", {"body", name}, "Input should be a valid integer"});
    return std::nullopt;
  }
  const auto value = found->get<int64_t>();
  if (value >= lowest && value <= highest) return value;
  problems.push_back({"value_error",
                      {"body", name},
                      "Input should be between " + std::to_string(lowest) + " and " + std::to_string(highest)});
  return std::nullopt;
}

std::string BodyText(const Json& body, const char* name, std::vector<Problem>& problems) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  problems.push_back({"string_type", {"body", name}, "Input should be a valid string"});
  return "";
}

void SetLimits(UserQuery& query, const query::QueryLimits& limits, std::optional<int64_t> max_rows,
               std::optional<int64_t> timeout_ms) {
  if (max_rows) query.max_rows = static_cast<uint64_t>(*max_rows);
  query.request.timeout = timeout_ms ? std::chrono::milliseconds(*timeout_ms) : limits.default_timeout;
}

}  // namespace

Outcome ReadGetQuery(const net::Request& request, const query::QueryLimits& limits) {
  Parameters parameters(request);
  const auto max_rows = parameters.Integer("max_rows", 1, static_cast<int64_t>(limits.max_rows));
  const auto timeout = parameters.Integer("timeout_ms", 1, limits.max_timeout.count());
  const auto sql = request.QueryValue("sql");
  auto problems = parameters.problems();
  if (!sql) problems.push_back({"missing", {"query", "sql"}, "Field required"});
  if (!problems.empty()) return std::unexpected(ProblemsAnswer(problems));
  UserQuery query;
  query.request.sql = *sql;
  if (auto refused = CheckText(query.request.sql)) return std::unexpected(std::move(*refused));
  if (CountCharacters(*sql) > kMaxGetSqlCharacters) {
    return Refuse(400, "the SQL exceeds the maximum length of 10000 characters; POST takes up to 1 MiB");
  }
  auto format = ChooseFormat(request, parameters.Text("format"), "query");
  if (!format) return std::unexpected(std::move(format).error());
  query.format = *format;
  SetLimits(query, limits, max_rows, timeout);
  return query;
}

Outcome ReadPostQuery(const net::Request& request, const query::QueryLimits& limits) {
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return std::unexpected(ProblemsAnswer(problems));
  UserQuery query;
  if (const auto sql = body->find("sql"); sql != body->end() && sql->is_null()) {
    problems.push_back({"string_type", {"body", "sql"}, "Input should be a valid string"});
  }
  if (!body->contains("sql")) problems.push_back({"missing", {"body", "sql"}, "Field required"});
  query.request.sql = BodyText(*body, "sql", problems);
  const auto format_word = BodyText(*body, "format", problems);
  const auto max_rows = BodyInteger(*body, "max_rows", 1, static_cast<int64_t>(limits.max_rows), problems);
  const auto timeout = BodyInteger(*body, "timeout_ms", 1, limits.max_timeout.count(), problems);
  if (!ReadParameters(*body, query)) {
    problems.push_back({"list_type", {"body", "parameters"}, "Input should be an array or an object"});
  }
  if (!problems.empty()) return std::unexpected(ProblemsAnswer(problems));
  if (auto refused = CheckText(query.request.sql)) return std::unexpected(std::move(*refused));
  if (query.request.sql.size() > kMaxPostSqlBytes) return Refuse(400, "the SQL exceeds the maximum length of 1 MiB");
  auto format = ChooseFormat(request, format_word, "body");
  if (!format) return std::unexpected(std::move(format).error());
  query.format = *format;
  SetLimits(query, limits, max_rows, timeout);
  return query;
}

}  // namespace tarn::api
