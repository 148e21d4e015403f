// SPDX-License-Identifier: Apache-2.0
#include "api/quarantine_routes.h"

#include <charconv>

#include "api/parameters.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

OrderedJson PayloadJson(const quarantine::Entry& entry) {
  if (!entry.is_object) return entry.payload;
  auto parsed = codec::ParseOrderedJson(entry.payload);
  return parsed ? std::move(*parsed) : OrderedJson(entry.payload);
}

OrderedJson EntryJson(const std::string& domain, const std::string& name, const quarantine::Entry& entry) {
  auto errors = OrderedJson::array();
  for (const auto& error : entry.errors) {
    errors.push_back({{"field", error.field}, {"message", error.message}, {"type", error.type}});
  }
  OrderedJson json;
  json["id"] = entry.id;
  json["domain"] = domain;
  json["endpoint"] = name;
  json["status"] = entry.status;
  json["payload"] = PayloadJson(entry);
  json["errors"] = std::move(errors);
  json["record_index"] = entry.record_index;
  json["schema_version"] = entry.schema_version;
  json["request_id"] = entry.request_id;
  json["received_at"] = FormatTimestamp(entry.received_at);
  return json;
}

net::Response CountAll(Services& services, const net::Request& request) {
  const auto counts = services.quarantine.Count(Parameters(request).Text("domain"));
  if (!counts) return ErrorAnswer(counts.error());
  auto tables = OrderedJson::array();
  for (const auto& count : *counts) {
    tables.push_back(
        {{"domain", count.domain}, {"name", count.name}, {"pending", count.pending}, {"total", count.total}});
  }
  const auto size = tables.size();
  return JsonAnswer({{"tables", std::move(tables)}, {"count", size}});
}

net::Response ListEntries(Services& services, const net::Request& request) {
  Parameters parameters(request);
  quarantine::ListRequest list;
  list.status =
      parameters.Choice("status", quarantine::kPending, {"pending", "rejected", "replayed", "discarded", "all"});
  list.limit = static_cast<size_t>(parameters.Integer("limit", 1, 1000).value_or(100));
  list.skip = static_cast<size_t>(parameters.Integer("cursor", 0, INT64_MAX).value_or(0));
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const std::string domain(request.Param("domain")), name(request.Param("name"));
  const auto page = services.quarantine.List(domain, name, list);
  if (!page) return ErrorAnswer(page.error());
  auto records = OrderedJson::array();
  for (const auto& entry : page->entries) records.push_back(EntryJson(domain, name, entry));
  const auto next = list.skip + page->entries.size();
  const bool more = next < page->total;
  const auto count = records.size();
  return JsonAnswer({{"records", std::move(records)},
                     {"count", count},
                     {"total", page->total},
                     {"next_cursor", more ? OrderedJson(std::to_string(next)) : OrderedJson(nullptr)}});
}

net::Response GetEntry(Services& services, const net::Request& request) {
  const std::string domain(request.Param("domain")), name(request.Param("name"));
  const auto entry = services.quarantine.Get(domain, name, std::string(request.Param("id")));
  if (!entry) return ErrorAnswer(entry.error());
  return JsonAnswer(EntryJson(domain, name, *entry));
}

}  // namespace

void AddQuarantineRoutes(Routes& routes) {
  auto& services = routes.services();
  const auto get = [&](std::string_view pattern, net::Response (*handler)(Services&, const net::Request&)) {
    routes.Add(net::Method::kGet, pattern,
               [&services, handler](const net::Request& request) { return handler(services, request); });
  };
  get("/quarantine", CountAll);
  get("/quarantine/{domain}/{name}", ListEntries);
  get("/quarantine/{domain}/{name}/{id}", GetEntry);
  const auto later = [&](net::Method method, std::string_view pattern, std::string_view what) {
    routes.Add(method, pattern, [what](const net::Request&) { return NotInThisBuild(what); });
  };
  later(net::Method::kPut, "/quarantine/{domain}/{name}/{id}", "editing quarantined records");
  later(net::Method::kPost, "/quarantine/{domain}/{name}/{id}/replay", "replaying quarantined records");
  later(net::Method::kPost, "/quarantine/{domain}/{name}/replay", "replaying quarantined records");
  later(net::Method::kDelete, "/quarantine/{domain}/{name}/{id}", "discarding quarantined records");
}

}  // namespace tarn::api
