// SPDX-License-Identifier: Apache-2.0
#include "api/lineage_routes.h"

#include "api/parameters.h"
#include "codec/or_null.h"
#include "gold/lineage.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;
using codec::OrNull;

OrderedJson Names(const std::vector<engine::TableName>& tables) {
  auto names = OrderedJson::array();
  for (const auto& table : tables) names.push_back(table.ToString());
  return names;
}

OrderedJson Names(const std::vector<engine::ColumnName>& columns) {
  auto names = OrderedJson::array();
  for (const auto& column : columns) names.push_back(column.table.ToString() + "." + column.column);
  return names;
}

/// "domain.layer.table" in lower case.
std::optional<engine::TableName> ReadTable(const std::string& text) {
  const auto first = text.find('.');
  const auto second = first == std::string::npos ? first : text.find('.', first + 1);
  if (second == std::string::npos || text.find('.', second + 1) != std::string::npos) return std::nullopt;
  return engine::TableName{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

/// A silver table is made of the bronze records of its endpoint; the other way round likewise.
void AddEndpoint(Services& services, const engine::TableName& table, OrderedJson& json) {
  if (!services.registry.FindLast(table.domain, table.table)) return;
  if (table.layer == "silver")
    json["upstream"].push_back(engine::TableName{table.domain, "bronze", table.table}.ToString());
  if (table.layer == "bronze") json["feeds"] = engine::TableName{table.domain, "silver", table.table}.ToString();
}

OrderedJson LineageJson(const engine::TableName& table, const gold::TableLineage& lineage) {
  OrderedJson json{{"table", table.ToString()}, {"upstream", Names(lineage.upstream)}};
  auto columns = OrderedJson::array();
  if (lineage.query) {
    for (const auto& column : lineage.query->columns) {
      columns.push_back({{"column", column.name}, {"type", column.sql_type}, {"from", Names(column.from)}});
    }
  }
  json["columns"] = std::move(columns);
  json["shaped_by"] = lineage.query ? Names(lineage.query->shaped_by) : OrderedJson::array();
  json["downstream"] = lineage.downstream;
  auto uses = OrderedJson::array();
  for (const auto& use : lineage.uses) {
    uses.push_back({{"column", use.column}, {"job", use.job}, {"into", OrNull(use.into)}});
  }
  json["uses"] = std::move(uses);
  json["problems"] = lineage.problems;
  return json;
}

/// Every job with what it reads: the whole graph, table by table.
OrderedJson AllJobs(Services& services, const std::string& domain) {
  auto jobs = OrderedJson::array();
  for (const auto& job : services.jobs.List(domain)) {
    jobs.push_back({{"job", job->id()}, {"table", job->table().ToString()}, {"reads", Names(job->reads)}});
  }
  return {{"jobs", std::move(jobs)}};
}

net::Response ShowLineage(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto text = parameters.Text("table");
  const auto domain = parameters.Text("domain");
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  if (text.empty()) return JsonAnswer(AllJobs(services, domain));
  const auto table = ReadTable(text);
  if (!table) return ProblemsAnswer({{"value_error", {"query", "table"}, "Input should be domain.layer.table"}});
  const bool is_job = table->layer == "gold" && services.jobs.Find(table->domain, table->table);
  if (!is_job) {
    const auto bound = services.catalog.Resolve(*table, std::nullopt);
    if (!bound) return ErrorAnswer(bound.error());
  }
  auto json = LineageJson(*table, gold::Lineage(services.jobs, services.engine).Of(*table));
  AddEndpoint(services, *table, json);
  return JsonAnswer(json);
}

}  // namespace

void AddLineageRoutes(Routes& routes) { routes.Add(net::Method::kGet, "/lineage", ShowLineage); }

}  // namespace tarn::api
