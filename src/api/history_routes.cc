// SPDX-License-Identifier: Apache-2.0
#include "api/history_routes.h"

#include <charconv>
#include <string>

#include "api/parameters.h"
#include "codec/or_null.h"
#include "lake/table_history.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;
using codec::OrNull;

constexpr int64_t kMaxVersions = 1'000;
constexpr int64_t kDefaultVersions = 100;

/// A table that the path names.
struct Name {
  std::string domain;
  std::string layer;
  std::string table;

  explicit Name(const net::Request& request)
      : domain(request.Param("domain")), layer(request.Param("layer")), table(request.Param("table")) {}
  bool has_history() const { return layer == "silver" || layer == "gold"; }
  std::string ToString() const { return domain + "." + layer + "." + table; }
};

net::Response Missing(const Name& name) {
  return ErrorAnswer({ErrorCode::kNotFound, "Table " + name.ToString() + " not found", ""});
}

Result<std::shared_ptr<table::Table>> TableOf(Services& services, const Name& name) {
  if (name.layer == "silver") return services.silver.TableOf(name.domain, name.table);
  return services.gold_tables.TableOf(name.domain, name.table);
}

OrderedJson Transaction(const table::VersionChange& change, const std::string& app_id) {
  const auto found = change.transactions.find(app_id);
  return found == change.transactions.end() ? OrderedJson(nullptr) : OrderedJson(found->second);
}

/// `id` is the version as text: Iceberg's are beyond what numbers of JavaScript hold.
OrderedJson VersionJson(const table::VersionChange& change, const Name& name) {
  OrderedJson json{{"version", change.version},
                   {"id", std::to_string(change.version)},
                   {"committed_at", FormatTimestamp(change.committed_at)},
                   {"operation", change.operation},
                   {"rows_added", OrNull(change.rows_added)},
                   {"rows_removed", OrNull(change.rows_removed)},
                   {"files_added", OrNull(change.files_added)},
                   {"files_removed", OrNull(change.files_removed)}};
  if (name.layer == "silver") {
    json["position"] = Transaction(change, silver::kPositionTransaction);
  } else {
    json["run"] = Transaction(change, name.domain + "/" + name.table);
  }
  return json;
}

net::Response History(Services& services, const net::Request& request) {
  const Name name(request);
  if (!name.has_history()) return Missing(name);
  Parameters parameters(request);
  const auto limit = parameters.Integer("limit", 1, kMaxVersions);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const auto table = TableOf(services, name);
  if (!table) return table.error().code == ErrorCode::kNotFound ? Missing(name) : ErrorAnswer(table.error());
  const auto newest = (*table)->Load();
  if (!newest) return ErrorAnswer(newest.error());
  const auto changes = lake::ReadHistory(**table, static_cast<size_t>(limit.value_or(kDefaultVersions)));
  if (!changes) return ErrorAnswer(changes.error());
  auto versions = OrderedJson::array();
  for (const auto& change : *changes) versions.push_back(VersionJson(change, name));
  const auto count = versions.size();
  return JsonAnswer({{"table", name.ToString()},
                     {"format", (*newest)->exists() ? OrderedJson((*newest)->format) : OrderedJson(nullptr)},
                     {"versions", std::move(versions)},
                     {"count", count}});
}

/// A version as number or as text.
std::optional<int64_t> VersionMember(const codec::Json& body, const char* member, std::vector<Problem>& problems) {
  const auto found = body.find(member);
  if (found == body.end() || found->is_null()) return std::nullopt;
  if (found->is_number_integer() && !(found->is_number_unsigned() && found->get<uint64_t>() > uint64_t{INT64_MAX})) {
    return found->get<int64_t>();
  }
  if (found->is_string()) {
    const auto text = found->get<std::string>();
    int64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error == std::errc() && end == text.data() + text.size()) return version;
  }
  problems.push_back({"int_parsing", {"body", member}, "Input should be a version of the table's history"});
  return std::nullopt;
}

net::Response Rollback(Services& services, const net::Request& request) {
  const Name name(request);
  if (!name.has_history()) return Missing(name);
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return ProblemsAnswer(problems);
  const auto target = VersionMember(*body, "version", problems);
  if (!target && problems.empty()) problems.push_back({"missing", {"body", "version"}, "Field required"});
  lake::RollbackRequest asked;
  asked.expected = VersionMember(*body, "expected", problems);
  if (!problems.empty()) return ProblemsAnswer(problems);
  asked.target = *target;
  const auto table = TableOf(services, name);
  if (!table) return table.error().code == ErrorCode::kNotFound ? Missing(name) : ErrorAnswer(table.error());
  const auto done = name.layer == "silver" ? services.silver.Rollback(name.domain, name.table, asked)
                                           : services.gold_tables.Rollback(name.domain, name.table, asked);
  if (!done) return ErrorAnswer(done.error());
  return JsonAnswer({{"table", name.ToString()},
                     {"target", done->target},
                     {"version", done->version},
                     {"id", std::to_string(done->version)},
                     {"before", done->before},
                     {"changed", done->committed}});
}

}  // namespace

void AddHistoryRoutes(Routes& routes) {
  routes.Add(net::Method::kGet, "/tables/{domain}/{layer}/{table}/history", History);
  routes.Add(net::Method::kPost, "/tables/{domain}/{layer}/{table}/rollback", Rollback);
}

}  // namespace tarn::api
