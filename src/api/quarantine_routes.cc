// SPDX-License-Identifier: Apache-2.0
#include "api/quarantine_routes.h"

#include <charconv>

#include "api/parameters.h"
#include "contract/json_scanner.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

/// As in batches (http-api.md §4.3): all are counted.
constexpr size_t kMaxListedFailures = 1'000;

OrderedJson PayloadJson(const quarantine::Entry& entry) {
  if (!entry.is_object) return entry.payload;
  auto parsed = codec::ParseOrderedJson(entry.payload);
  return parsed ? std::move(*parsed) : OrderedJson(entry.payload);
}

OrderedJson EntryJson(const std::string& domain, const std::string& name, const quarantine::Entry& entry) {
  OrderedJson json;
  json["id"] = entry.id;
  json["domain"] = domain;
  json["endpoint"] = name;
  json["status"] = entry.status;
  json["payload"] = PayloadJson(entry);
  json["errors"] = ErrorsJson(entry.errors);
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

/// Text of the body's member `payload`, every digit as it came; nullopt when there is no such member. 422 otherwise.
std::expected<std::optional<std::string>, net::Response> PayloadOf(const net::Request& request) {
  const auto refuse = [](std::string type, std::vector<std::string> loc, std::string message) {
    return std::unexpected(ProblemsAnswer({{std::move(type), std::move(loc), std::move(message)}}));
  };
  std::string padded(request.body);
  padded.append(contract::RecordChecker::kPadding, ' ');
  const auto body = std::string_view(padded).substr(0, request.body.size());
  contract::JsonScanner scanner;
  contract::JsonValue object;
  std::optional<contract::JsonValue> payload;
  std::string scratch;
  const bool read =
      scanner.Index(body) && scanner.ReadObject(object, 0, [&](size_t, const auto& key, const auto& value) {
        if (contract::StringOf(key, scratch) == "payload") payload = value;
      });
  if (!read || !scanner.AtEnd()) return refuse("json_invalid", {"body"}, "the body is no JSON object");
  if (!payload) return std::optional<std::string>();
  if (payload->kind != contract::JsonKind::kObject) {
    return refuse("dict_type", {"body", "payload"}, "Input should be a valid dictionary");
  }
  return std::optional(std::string(payload->text()));
}

struct Place {
  std::string domain;
  std::string name;
  std::string id;
};

Place PlaceOf(const net::Request& request) {
  return {std::string(request.Param("domain")), std::string(request.Param("name")), std::string(request.Param("id"))};
}

net::Response EditEntry(Services& services, const net::Request& request) {
  auto payload = PayloadOf(request);
  if (!payload) return payload.error();
  if (!*payload) return ProblemsAnswer({{"missing", {"body", "payload"}, "Field required"}});
  const auto place = PlaceOf(request);
  const auto entry = services.quarantine.Edit(place.domain, place.name, place.id, std::move(**payload));
  if (!entry) return ErrorAnswer(entry.error());
  return JsonAnswer(EntryJson(place.domain, place.name, *entry));
}

net::Response DiscardEntry(Services& services, const net::Request& request) {
  const auto place = PlaceOf(request);
  const auto done = services.quarantine.Discard(place.domain, place.name, place.id);
  if (!done) return ErrorAnswer(done.error());
  return MessageAnswer("Quarantined record " + place.id + " discarded");
}

/// Why one record was not replayed.
net::Response FailureAnswer(const Place& place, const quarantine::ReplayFailure& failure) {
  if (failure.code != ErrorCode::kInvalidArgument) {
    const auto& reason = failure.errors.front().message;
    return ErrorAnswer({failure.code, "Quarantined record " + place.id + ": " + reason, ""});
  }
  const OrderedJson detail{{"error", "Payload validation failed"},
                           {"endpoint", place.domain + "/" + place.name},
                           {"validation_errors", ErrorsJson(failure.errors)}};
  return net::ErrorResponseWithJson(400, codec::Dump(detail), "validation_failed");
}

net::Response ReplayEntry(Services& services, const net::Request& request) {
  quarantine::ReplayRequest replay;
  if (!request.body.empty()) {
    auto payload = PayloadOf(request);
    if (!payload) return payload.error();
    replay.payload = std::move(*payload);
  }
  const auto place = PlaceOf(request);
  replay.ids = {place.id};
  replay.request_id = request.request_id;
  const auto outcome = services.quarantine.Replay(place.domain, place.name, replay);
  if (!outcome) return ErrorAnswer(outcome.error());
  if (!outcome->failures.empty()) return FailureAnswer(place, outcome->failures.front());
  return JsonAnswer({{"id", place.id}, {"status", quarantine::kReplayed}});
}

/// `ids` or `all` of the body; the problems otherwise.
std::vector<Problem> ReadWhich(const codec::Json& body, quarantine::ReplayRequest& replay) {
  const auto all = body.find("all");
  const auto ids = body.find("ids");
  if (all != body.end() && !all->is_boolean())
    return {{"bool_type", {"body", "all"}, "Input should be a valid boolean"}};
  replay.all = all != body.end() && all->get<bool>();
  if (ids == body.end() || ids->is_null()) {
    if (replay.all) return {};
    return {{"missing", {"body", "ids"}, "Field required, or all = true"}};
  }
  if (replay.all) return {{"value_error", {"body", "all"}, "Value error, give ids or all = true, not both"}};
  if (!ids->is_array()) return {{"list_type", {"body", "ids"}, "Input should be a valid list"}};
  for (size_t i = 0; i < ids->size(); ++i) {
    if (!(*ids)[i].is_string()) {
      return {{"string_type", {"body", "ids", std::to_string(i)}, "Input should be a valid string"}};
    }
    replay.ids.push_back((*ids)[i]);
  }
  return {};
}

net::Response ReplayMany(Services& services, const net::Request& request) {
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return ProblemsAnswer(problems);
  quarantine::ReplayRequest replay;
  problems = ReadWhich(*body, replay);
  if (!problems.empty()) return ProblemsAnswer(problems);
  replay.request_id = request.request_id;
  const auto place = PlaceOf(request);
  const auto outcome = services.quarantine.Replay(place.domain, place.name, replay);
  if (!outcome) return ErrorAnswer(outcome.error());
  auto errors = OrderedJson::array();
  for (const auto& failure : outcome->failures) {
    if (errors.size() >= kMaxListedFailures) break;
    errors.push_back({{"id", failure.id}, {"errors", ErrorsJson(failure.errors)}});
  }
  return JsonAnswer({{"total", outcome->total},
                     {"replayed", outcome->replayed},
                     {"failed", outcome->failures.size()},
                     {"errors", std::move(errors)}});
}

}  // namespace

void AddQuarantineRoutes(Routes& routes) {
  routes.Add(net::Method::kGet, "/quarantine", CountAll);
  routes.Add(net::Method::kGet, "/quarantine/{domain}/{name}", ListEntries);
  routes.Add(net::Method::kGet, "/quarantine/{domain}/{name}/{id}", GetEntry);
  routes.Add(net::Method::kPut, "/quarantine/{domain}/{name}/{id}", EditEntry);
  routes.Add(net::Method::kDelete, "/quarantine/{domain}/{name}/{id}", DiscardEntry);
  routes.Add(net::Method::kPost, "/quarantine/{domain}/{name}/{id}/replay", ReplayEntry);
  routes.Add(net::Method::kPost, "/quarantine/{domain}/{name}/replay", ReplayMany);
}

}  // namespace tarn::api
