// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/table_routes.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/answers.h"
#include "api/iceberg_rest/paging.h"
#include "api/iceberg_rest/rest_answers.h"
#include "api/iceberg_rest/rest_requests.h"
#include "api/parameters.h"
#include "catalog/catalog_errors.h"

namespace tarn::api::iceberg_rest {
namespace {

using catalog::IcebergCatalog;
using catalog::LoadedTable;
using catalog::Namespace;
using catalog::TableName;
using codec::OrderedJson;
using net::Method;
using table::iceberg::TableMetadata;

std::unexpected<net::Response> Failed(const Error& error, Missing missing) {
  return std::unexpected(Failure(error, missing));
}

Answer AnswerWith(const Result<LoadedTable>& table, Missing missing, TableAnswerKind kind) {
  if (!table) return Failed(table.error(), missing);
  return TableAnswer(*table, kind);
}

Answer ListTables(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const Namespace levels, NamespaceOf(request));
  const auto tables = catalog.Tables(levels);
  if (!tables) return Failed(tables.error(), Missing::kNamespace);
  const auto page = PageOf(request, *tables);
  if (!page) return BadRequest("pageToken or pageSize is none");
  OrderedJson body{{"identifiers", OrderedJson::array()}};
  for (size_t i = page->begin; i < page->end; ++i) {
    body["identifiers"].push_back({{"namespace", levels}, {"name", (*tables)[i]}});
  }
  page->SetNext(body);
  return JsonAnswer(body);
}

/// Only the snapshots that a branch or tag names.
std::shared_ptr<const TableMetadata> WithReferencedSnapshots(const TableMetadata& metadata) {
  std::set<int64_t> kept;
  for (const auto& [name, ref] : metadata.refs) kept.insert(ref.snapshot_id);
  if (metadata.current_snapshot_id) kept.insert(*metadata.current_snapshot_id);
  auto fewer = std::make_shared<TableMetadata>(metadata);
  std::erase_if(fewer->snapshots, [&kept](const auto& snapshot) { return !kept.contains(snapshot->snapshot_id); });
  return fewer;
}

Answer LoadTable(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const TableName name, TableOf(request));
  const std::string mode(request.QueryValue("snapshots").value_or("all"));
  if (mode != "all" && mode != "refs") return BadRequest("snapshots is all or refs");
  auto table = catalog.LoadTable(name);
  if (!table && table.error().message.starts_with(catalog::kNoMetadata)) {
    return Refusal(404, "NotFoundException", table.error().message);
  }
  if (!table) return Failed(table.error(), Missing::kTable);
  const std::string tag = TagOf(*table, mode);
  net::Response response;
  if (request.Header("if-none-match") == tag) {
    response.status = 304;
  } else {
    if (mode == "refs") table->metadata = WithReferencedSnapshots(*table->metadata);
    response = TableAnswer(*table, TableAnswerKind::kLoad);
  }
  std::erase_if(response.headers, [](const auto& header) { return header.first == "ETag"; });
  response.headers.emplace_back("ETag", tag);
  return response;
}

Answer HeadTable(IcebergCatalog& catalog, const net::Request& request) {
  const auto name = TableOf(request);
  if (!name) return Empty(name.error().status);
  const auto table = catalog.LoadTable(*name);
  return Empty(table ? 204 : Failure(table.error(), Missing::kTable).status);
}

Answer CreateTable(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(Namespace levels, NamespaceOf(request));
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(std::string name, TextOf(body, "name"));
  TARN_READ(const bool is_staged, FlagOf(body, "stage-create"));
  TARN_READ(auto table, NewTableOf(body));
  const TableName full{std::move(levels), std::move(name)};
  if (!is_staged) {
    return AnswerWith(catalog.CreateTable(full, std::move(table)), Missing::kNamespace, TableAnswerKind::kLoad);
  }
  auto staged = catalog.StageTable(full, std::move(table));
  if (!staged) return Failed(staged.error(), Missing::kNamespace);
  return TableAnswer({std::make_shared<const TableMetadata>(*std::move(staged)), ""}, TableAnswerKind::kLoad);
}

Answer RegisterTable(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(Namespace levels, NamespaceOf(request));
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(std::string name, TextOf(body, "name"));
  TARN_READ(const std::string metadata, TextOf(body, "metadata-location"));
  TARN_READ(const bool overwrites, FlagOf(body, "overwrite"));
  return AnswerWith(catalog.RegisterTable({std::move(levels), std::move(name)}, metadata, overwrites),
                    Missing::kNamespace, TableAnswerKind::kLoad);
}

/// A table that is to be made may lack its namespace; one that is to be changed is what is missing.
Missing MissingIn(const OrderedJson& requirements) {
  for (const OrderedJson& one : requirements) {
    if (one.is_object() && one.value("type", std::string()) == "assert-create") return Missing::kNamespace;
  }
  return Missing::kTable;
}

Answer CommitTable(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const TableName name, TableOf(request));
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(const OrderedJson requirements, ListOf(body, "requirements"));
  TARN_READ(const OrderedJson updates, ListOf(body, "updates"));
  return AnswerWith(catalog.CommitTable(name, requirements, updates), MissingIn(requirements),
                    TableAnswerKind::kCommit);
}

Answer CommitTables(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(const OrderedJson list, ListOf(body, "table-changes"));
  std::vector<IcebergCatalog::TableChange> changes;
  for (const OrderedJson& one : list) {
    if (!one.is_object()) return BadRequest("table-changes has an element that is no object");
    IcebergCatalog::TableChange change;
    TARN_READ(change.name, IdentifierOf(one, "identifier"));
    TARN_READ(change.requirements, ListOf(one, "requirements"));
    TARN_READ(change.updates, ListOf(one, "updates"));
    changes.push_back(std::move(change));
  }
  const auto committed = catalog.CommitTables(changes);
  if (!committed) return Failed(committed.error(), Missing::kTable);
  return Empty(204);
}

Answer DropTable(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const TableName name, TableOf(request));
  Parameters parameters(request);
  const bool purges = parameters.Bool("purgeRequested", false);
  if (!parameters.problems().empty()) return BadRequest("purgeRequested is true or false");
  const auto dropped = catalog.DropTable(name, purges);
  if (!dropped) return Failed(dropped.error(), Missing::kTable);
  return Empty(204);
}

Answer RenameTable(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(const TableName source, IdentifierOf(body, "source"));
  TARN_READ(const TableName destination, IdentifierOf(body, "destination"));
  const auto renamed = catalog.RenameTable(source, destination);
  if (renamed) return Empty(204);
  const auto exists = catalog.NamespaceExists(destination.levels);
  return Failed(renamed.error(), exists && !*exists ? Missing::kNamespace : Missing::kTable);
}

/// Reports are counted by what they are of, and not kept.
Answer ReportMetrics(MetricRegistry& metrics, IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const TableName name, TableOf(request));
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(const std::string type, TextOf(body, "report-type"));
  const auto table = catalog.LoadTable(name);
  if (!table) return Failed(table.error(), Missing::kTable);
  constexpr auto kTypes = std::to_array<std::string_view>({"scan-report", "commit-report"});
  const bool is_known = std::ranges::find(kTypes, type) != kTypes.end();
  metrics
      .GetCounter("tarn_iceberg_reports_total", "reports of engines about tables they reached through the catalog",
                  "type=\"" + (is_known ? type : std::string("other")) + "\"")
      .Add();
  return Empty(204);
}

}  // namespace

void AddTableRoutes(RestRouteTable& routes) {
  const std::string tables = "/namespaces/{namespace}/tables";
  const std::string one_table = tables + "/{table}";
  routes.Add(Method::kGet, tables, ListTables);
  routes.Add(Method::kPost, tables, CreateTable);
  routes.Add(Method::kGet, one_table, LoadTable);
  routes.Add(Method::kHead, one_table, HeadTable);
  routes.Add(Method::kPost, one_table, CommitTable);
  routes.Add(Method::kDelete, one_table, DropTable);
  routes.Add(Method::kPost, "/namespaces/{namespace}/register", RegisterTable);
  routes.Add(Method::kPost, "/tables/rename", RenameTable);
  routes.Add(Method::kPost, "/transactions/commit", CommitTables);
  routes.Add(Method::kPost, one_table + "/metrics",
             [&metrics = routes.services().metrics](IcebergCatalog& catalog, const net::Request& request) {
               return ReportMetrics(metrics, catalog, request);
             });
}

}  // namespace tarn::api::iceberg_rest
