// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/rest_routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/access.h"
#include "api/answers.h"
#include "api/iceberg_rest/catalog_view.h"
#include "api/iceberg_rest/rest_answers.h"
#include "codec/base64.h"
#include "codec/digest.h"
#include "table/iceberg/metadata_json.h"

namespace tarn::api::iceberg_rest {
namespace {

using codec::OrderedJson;
using net::Method;
using table::iceberg::IcebergState;
using table::iceberg::TableMetadata;

constexpr size_t kMostPageRows = 10'000;
constexpr int32_t kLeastServedVersion = 2;

/// What the catalog offers, in the words of the specification.
constexpr std::array kEndpoints = {
    "GET /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "HEAD /v1/{prefix}/namespaces/{namespace}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics",
};

net::Response Config(CatalogView&, const net::Request&) {
  return JsonAnswer(
      {{"defaults", OrderedJson::object()}, {"overrides", OrderedJson::object()}, {"endpoints", kEndpoints}});
}

/// A part of a sorted list by pageToken and pageSize; everything when neither is given.
struct Page {
  size_t begin = 0;
  size_t end = 0;
  std::optional<std::string> next;
};

/// The token is the last name of the page before. Nothing when a parameter makes no sense.
std::optional<Page> PageOf(const net::Request& request, const std::vector<std::string>& names) {
  const auto token = request.QueryValue("pageToken");
  const auto size = request.QueryValue("pageSize");
  Page page{.begin = 0, .end = names.size(), .next = std::nullopt};
  if (!token && !size) return page;
  if (token && !token->empty()) {
    const auto last = codec::Base64UrlDecode(*token);
    if (!last) return std::nullopt;
    page.begin = static_cast<size_t>(std::ranges::upper_bound(names, *last) - names.begin());
  }
  size_t rows = kMostPageRows;
  if (size) {
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), rows);
    if (error != std::errc{} || end != size->data() + size->size() || rows == 0) return std::nullopt;
  }
  page.end = page.begin + std::min({rows, kMostPageRows, names.size() - page.begin});
  if (page.end < names.size()) page.next = codec::Base64UrlEncode(names[page.end - 1]);
  return page;
}

void SetNextPage(OrderedJson& body, const Page& page) {
  body["next-page-token"] = page.next ? OrderedJson(*page.next) : OrderedJson(nullptr);
}

net::Response ListNamespaces(CatalogView& view, const net::Request& request) {
  Namespace parent;
  if (const auto text = request.QueryValue("parent"); text && !text->empty()) {
    const auto parsed = ParseNamespace(*text);
    if (!parsed) return NoSuchNamespace(*text);
    parent = *parsed;
    const auto exists = view.Exists(parent);
    if (!exists) return Failure(exists.error());
    if (!*exists) return NoSuchNamespace(NamespaceName(parent));
  }
  const auto children = view.Children(parent);
  if (!children) return Failure(children.error());
  std::vector<std::string> names;
  for (const Namespace& one : *children) names.push_back(one.back());
  const auto page = PageOf(request, names);
  if (!page) return BadRequest("pageToken or pageSize is none");
  OrderedJson body{{"namespaces", OrderedJson::array()}};
  for (size_t i = page->begin; i < page->end; ++i) body["namespaces"].push_back((*children)[i]);
  SetNextPage(body, *page);
  return JsonAnswer(body);
}

/// The namespace of the path; the answer when there is none.
std::expected<Namespace, net::Response> NamespaceOf(CatalogView& view, const net::Request& request) {
  const auto text = request.Param("namespace");
  auto name = ParseNamespace(text);
  if (!name) return std::unexpected(NoSuchNamespace(text));
  const auto exists = view.Exists(*name);
  if (!exists) return std::unexpected(Failure(exists.error()));
  if (!*exists) return std::unexpected(NoSuchNamespace(NamespaceName(*name)));
  return std::move(*name);
}

net::Response GetNamespace(CatalogView& view, const net::Request& request) {
  const auto name = NamespaceOf(view, request);
  if (!name) return name.error();
  return JsonAnswer({{"namespace", *name}, {"properties", OrderedJson::object()}});
}

net::Response HeadNamespace(CatalogView& view, const net::Request& request) {
  const auto name = NamespaceOf(view, request);
  return Empty(name ? 204 : name.error().status);
}

net::Response ListTables(CatalogView& view, const net::Request& request) {
  const auto name = NamespaceOf(view, request);
  if (!name) return name.error();
  const auto tables = view.Tables(*name);
  if (!tables) return Failure(tables.error());
  const auto page = PageOf(request, *tables);
  if (!page) return BadRequest("pageToken or pageSize is none");
  OrderedJson body{{"identifiers", OrderedJson::array()}};
  for (size_t i = page->begin; i < page->end; ++i) {
    body["identifiers"].push_back({{"namespace", *name}, {"name", (*tables)[i]}});
  }
  SetNextPage(body, *page);
  return JsonAnswer(body);
}

/// The table of the path; the answer when there is none.
std::expected<CatalogView::Table, net::Response> TableOf(CatalogView& view, const net::Request& request) {
  const auto text = request.Param("namespace");
  const auto name = ParseNamespace(text);
  const std::string table(request.Param("table"));
  if (!name) return std::unexpected(NoSuchTable(std::string(text) + "." + table));
  auto found = view.Find(*name, table);
  if (!found) return std::unexpected(Failure(found.error()));
  if (!*found) return std::unexpected(NoSuchTable(NamespaceName(*name) + "." + table));
  return std::move(**found);
}

/// Only the snapshots that a branch or tag names.
TableMetadata WithReferencedSnapshots(const TableMetadata& metadata) {
  std::set<int64_t> kept;
  for (const auto& [name, ref] : metadata.refs) kept.insert(ref.snapshot_id);
  if (metadata.current_snapshot_id) kept.insert(*metadata.current_snapshot_id);
  TableMetadata fewer = metadata;
  std::erase_if(fewer.snapshots, [&kept](const auto& snapshot) { return !kept.contains(snapshot->snapshot_id); });
  return fewer;
}

net::Response LoadTable(CatalogView& view, const net::Request& request) {
  const auto table = TableOf(view, request);
  if (!table) return table.error();
  const auto mode = request.QueryValue("snapshots").value_or("all");
  if (mode != "all" && mode != "refs") return BadRequest("snapshots is all or refs");
  const IcebergState& state = *table->state;
  if (state.metadata->format_version < kLeastServedVersion) return NotSupported("serving a table of format version 1");
  const std::string tag =
      "\"" + codec::Hex(codec::AsBytes(codec::Sha256(state.metadata_uri + "?" + std::string(mode)))) + "\"";
  net::Response response;
  response.headers.emplace_back("ETag", tag);
  if (request.Header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  // The metadata are text already: they are not parsed again to be put inside.
  const std::string metadata = mode == "refs" ? table::iceberg::EncodeMetadata(WithReferencedSnapshots(*state.metadata))
                                              : table::iceberg::EncodeMetadata(*state.metadata);
  response.body = R"({"metadata-location":)" + codec::Dump(OrderedJson(state.metadata_uri)) + R"(,"metadata":)" +
                  metadata + R"(,"config":{}})";
  return response;
}

net::Response HeadTable(CatalogView& view, const net::Request& request) {
  const auto table = TableOf(view, request);
  return Empty(table ? 204 : table.error().status);
}

/// Reports of scans and commits are taken and left: our own metrics count what we do.
net::Response ReportMetrics(CatalogView& view, const net::Request& request) {
  const auto table = TableOf(view, request);
  if (!table) return table.error();
  if (!codec::ParseJson(request.body)) return BadRequest("the report is no JSON");
  return Empty(204);
}

}  // namespace

void AddRestRoutes(net::Router& router, Services& services) {
  Routes routes(router, services);
  const auto add = [&](Method method, const std::string& path,
                       net::Response (*handler)(CatalogView&, const net::Request&)) {
    routes.Add(method, "/iceberg/v1/" + path, [&services, handler](const net::Request& request) {
      CatalogView view(services.catalog);
      return handler(view, request);
    });
  };
  const auto refuse = [&](Method method, const std::string& path, const char* what) {
    routes.Add(method, "/iceberg/v1/" + path, [what](const net::Request&) { return NotSupported(what); });
  };
  const std::string one_namespace = "namespaces/{namespace}";
  const std::string tables = one_namespace + "/tables";
  const std::string one_table = tables + "/{table}";
  add(Method::kGet, "config", Config);
  add(Method::kGet, "namespaces", ListNamespaces);
  add(Method::kGet, one_namespace, GetNamespace);
  add(Method::kHead, one_namespace, HeadNamespace);
  add(Method::kGet, tables, ListTables);
  add(Method::kGet, one_table, LoadTable);
  add(Method::kHead, one_table, HeadTable);
  add(Method::kPost, one_table + "/metrics", ReportMetrics);
  refuse(Method::kPost, "namespaces", "creating a namespace");
  refuse(Method::kDelete, one_namespace, "dropping a namespace");
  refuse(Method::kPost, one_namespace + "/properties", "changing a namespace");
  refuse(Method::kPost, tables, "creating a table");
  refuse(Method::kPost, one_namespace + "/register", "registering a table");
  refuse(Method::kPost, one_table, "committing to a table");
  refuse(Method::kDelete, one_table, "dropping a table");
  refuse(Method::kPost, "tables/rename", "renaming a table");
  refuse(Method::kPost, "transactions/commit", "committing to several tables");
}

}  // namespace tarn::api::iceberg_rest
