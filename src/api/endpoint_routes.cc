// SPDX-License-Identifier: Apache-2.0
#include "api/endpoint_routes.h"

#include "api/breaks.h"
#include "api/dry_run.h"
#include "api/endpoint_links.h"
#include "api/firehose_streams.h"
#include "api/ordering.h"
#include "api/parameters.h"
#include "base/ascii.h"
#include "codec/or_null.h"
#include "contract/contract_yaml.h"
#include "contract/draft_check.h"
#include "lake/export_json.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;
using codec::OrNull;
using contract::Contract;

std::string Domain(const net::Request& request) { return std::string(request.Param("domain")); }
std::string Name(const net::Request& request) { return std::string(request.Param("name")); }

net::Response Missing(const net::Request& request) {
  return ErrorAnswer({ErrorCode::kNotFound, "Endpoint " + Domain(request) + "/" + Name(request) + " not found", ""});
}

OrderedJson ColumnJson(const contract::Column& column) {
  OrderedJson json{{"name", column.name},
                   {"type", contract::TypeWord(column)},
                   {"required", column.required},
                   {"primary_key", column.primary_key}};
  json["description"] = OrNull(column.description);
  json["default"] = OrNull(column.default_text);
  return json;
}

OrderedJson EndpointJson(const Contract& contract, const std::string& base) {
  OrderedJson json{{"id", contract.id()},
                   {"name", contract.name},
                   {"domain", contract.domain},
                   {"version", contract.version},
                   {"mode", contract::ModeWord(contract.mode)},
                   {"endpoint_url", IngestUrl(base, contract)},
                   {"schema_url", DownloadUrl(base, contract)},
                   {"status", "active"},
                   {"created_at", FormatTimestamp(contract.created_at)},
                   {"updated_at", FormatTimestamp(contract.updated_at)}};
  json["description"] = OrNull(contract.description);
  auto columns = OrderedJson::array();
  auto key = OrderedJson::array();
  for (const auto& column : contract.columns) {
    columns.push_back(ColumnJson(column));
    if (column.primary_key) key.push_back(column.name);
  }
  json["columns"] = std::move(columns);
  json["primary_key"] = std::move(key);
  json["sequence_by"] = OrNull(contract.sequence_by);
  json["format"] = contract.format;
  json["stream"] = StreamNameOf(contract);
  json["unknown_fields"] = contract::UnknownFieldsWord(contract.unknown_fields);
  json["merge_mode"] = contract::MergeModeWord(contract.merge_mode);
  json["soft_delete"] = contract.soft_delete;
  json["exports"] = lake::ExportsToJson(contract.exports);
  json["envelope"] = contract::EnvelopeWord(contract.envelope);
  json["history"] = contract::HistoryWord(contract.history);
  json["mirror"] = OrNull(contract.mirror);
  return json;
}

net::Response EndpointAnswer(const Services& services, const net::Request& request, const Contract& contract) {
  return JsonAnswer(EndpointJson(contract, BaseUrl(request, services.settings.public_url)));
}

/// The answer that refuses a body; nullopt when it is good.
std::optional<net::Response> Refused(const contract::DraftCheck& check) {
  if (check.problems.empty()) return std::nullopt;
  return ProblemsAnswer(check.problems);
}

/// `dry_run` and how many records of bronze it looks at.
struct DryRunCall {
  explicit DryRunCall(Parameters& parameters)
      : asked(parameters.Bool("dry_run", false)),
        sample(static_cast<uint64_t>(parameters.Integer("sample", 0, kMaxSample).value_or(kDefaultSample))) {}

  static constexpr int64_t kDefaultSample = 1'000;
  static constexpr int64_t kMaxSample = 100'000;

  bool asked = false;
  uint64_t sample = 0;
};

net::Response DryRunAnswer(Services& services, const Result<contract::Registry::Planned>& planned, uint64_t sample) {
  if (planned) {
    const auto report = DryRun(services, *planned, sample);
    return report ? JsonAnswer(*report) : ErrorAnswer(report.error());
  }
  if (planned.error().code != ErrorCode::kInvalidArgument) return ErrorAnswer(planned.error());
  return ProblemsAnswer({{"value_error", {"body", "columns"}, planned.error().message}});
}

net::Response Create(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const DryRunCall dry_run(parameters);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return ProblemsAnswer(problems);
  const auto check = contract::CheckDraft(*body, nullptr);
  if (auto refused = Refused(check)) return std::move(*refused);
  const auto& mirror = check.draft.mirror;
  if (mirror && *mirror == check.draft.format.value_or(services.settings.default_format)) {
    return ProblemsAnswer(
        {{"value_error", {"body", "mirror"}, "A mirror is of another format than the table: " + *mirror}});
  }
  if (dry_run.asked) return DryRunAnswer(services, services.registry.PlanCreate(check.draft), dry_run.sample);
  const auto created = services.registry.Create(check.draft);
  if (created) return EndpointAnswer(services, request, (*created)->contract());
  if (created.error().code != ErrorCode::kInvalidArgument) return ErrorAnswer(created.error());
  return ProblemsAnswer({{"value_error", {"body", "columns"}, created.error().message}});
}

/// `planned` is what was asked for: its changes, and what reads the columns they concern.
net::Response IncompatibleAnswer(Services& services, const Contract& present,
                                 const contract::Registry::Planned& planned, const std::string& error) {
  OrderedJson detail{{"error", error}, {"changes", OrderedJson::array()}};
  for (const auto& change : planned.changes) {
    detail["changes"].push_back({{"column", change.column}, {"change", change.change}, {"reason", change.reason}});
  }
  detail["breaks"] = BreaksOf(services, present, planned.endpoint->contract());
  return net::ErrorResponseWithJson(409, codec::Dump(detail), "incompatible_change");
}

/// A forced change makes silver anew from bronze: what retention took away from it must not go unasked.
std::optional<net::Response> RetiredAnswer(Services& services, const Contract& present,
                                           const contract::ContractDraft& draft,
                                           const contract::Registry::HasRecords& has_records) {
  const auto summary = services.bronze.LogOf(draft.domain, draft.name).Summary();
  if (!summary) return ErrorAnswer(summary.error());
  if (summary->retired_through == 0) return std::nullopt;
  const auto planned = services.registry.PlanUpdate(draft, has_records);
  if (!planned || planned->changes.empty()) return std::nullopt;
  return IncompatibleAnswer(services, present, *planned,
                            "bronze_retention has taken records away that the table holds: rows that came from them "
                            "only are lost with partial=true");
}

net::Response Replace(Services& services, const net::Request& request) {
  const auto present = services.registry.Find(request.Param("domain"), request.Param("name"));
  if (!present) return Missing(request);
  Parameters parameters(request);
  const bool force = parameters.Bool("force", false);
  const bool partial = parameters.Bool("partial", false);
  const DryRunCall dry_run(parameters);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return ProblemsAnswer(problems);
  const auto check = contract::CheckDraft(*body, &present->contract());
  if (auto refused = Refused(check)) return std::move(*refused);
  std::vector<contract::IncompatibleChange> changes;
  const auto has_records = [&] { return services.bronze.HasRecords(Domain(request), Name(request)); };
  if (dry_run.asked) {
    return DryRunAnswer(services, services.registry.PlanUpdate(check.draft, has_records), dry_run.sample);
  }
  if (force && !partial) {
    if (auto refused = RetiredAnswer(services, present->contract(), check.draft, has_records))
      return std::move(*refused);
  }
  const auto updated = services.registry.Update(check.draft, has_records, changes, force);
  if (updated) {
    if ((*updated)->contract().rebuild_version == (*updated)->contract().version) {
      services.silver.OnLanded(Domain(request), Name(request));
    }
    return EndpointAnswer(services, request, (*updated)->contract());
  }
  if (!changes.empty()) {
    const auto planned = services.registry.PlanUpdate(check.draft, has_records);
    if (!planned) return ErrorAnswer(planned.error());
    return IncompatibleAnswer(services, present->contract(), *planned, updated.error().message);
  }
  if (updated.error().code != ErrorCode::kInvalidArgument) return ErrorAnswer(updated.error());
  return ProblemsAnswer({{"value_error", {"body", "columns"}, updated.error().message}});
}

net::Response List(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto base = BaseUrl(request, services.settings.public_url);
  std::vector<OrderedJson> endpoints;
  for (const auto& endpoint : services.registry.List(parameters.Text("domain"))) {
    endpoints.push_back(EndpointJson(endpoint->contract(), base));
  }
  OrderBy(endpoints, parameters.Text("order_by"));
  return JsonAnswer(OrderedJson(endpoints));
}

/// The contract of `?version=n`, or the newest; the answer otherwise.
std::expected<Contract, net::Response> ChosenVersion(Services& services, const net::Request& request) {
  const auto live = services.registry.Find(request.Param("domain"), request.Param("name"));
  if (!live) return std::unexpected(Missing(request));
  Parameters parameters(request);
  const auto version = parameters.Integer("version", INT64_MIN, INT64_MAX);
  if (!parameters.problems().empty()) return std::unexpected(ProblemsAnswer(parameters.problems()));
  if (!version) return live->contract();
  if (*version < 1) return std::unexpected(Missing(request));
  auto contract = services.registry.AtVersion(Domain(request), Name(request), static_cast<uint64_t>(*version));
  if (!contract) return std::unexpected(ErrorAnswer(contract.error()));
  return std::move(*contract);
}

net::Response Get(Services& services, const net::Request& request) {
  const auto contract = ChosenVersion(services, request);
  return contract ? EndpointAnswer(services, request, *contract) : contract.error();
}

net::Response Delete(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const bool purge = parameters.Bool("purge", false);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  if (!services.registry.Find(request.Param("domain"), request.Param("name"))) return Missing(request);
  if (purge) {
    // The data go first: a purge that stops half-way is finished by asking again.
    const auto entry = services.bronze.Purge(Domain(request), Name(request));
    if (!entry) return ErrorAnswer(entry.error());
    services.silver.OnLanded(Domain(request), Name(request));
  }
  const auto removed = services.registry.Remove(Domain(request), Name(request),
                                                purge ? contract::Removal::kPurge : contract::Removal::kKeepData);
  if (!removed) return ErrorAnswer(removed.error());
  return MessageAnswer("Endpoint " + Domain(request) + "/" + Name(request) + " deleted");
}

net::Response Versions(Services& services, const net::Request& request) {
  const auto versions = services.registry.Versions(request.Param("domain"), request.Param("name"));
  if (!versions) return ErrorAnswer(versions.error());
  return JsonAnswer({{"domain", Domain(request)},
                     {"name", Name(request)},
                     {"versions", *versions},
                     {"latest", versions->empty() ? 0 : versions->back()}});
}

bool WantsYaml(const net::Request& request) {
  const auto format = Lower(request.QueryValue("format").value_or(""));
  if (!format.empty()) return format == "yaml" || format == "yml";
  const auto accept = Lower(request.Header("accept").value_or(""));
  return accept.contains("application/yaml") || accept.contains("application/x-yaml") || accept.contains("text/yaml");
}

net::Response YamlAnswer(const Contract& contract) {
  net::Response response;
  response.content_type = "application/yaml";
  response.body = contract::ToYaml(contract);
  return response;
}

net::Response Document(Services& services, const net::Request& request) {
  const auto contract = ChosenVersion(services, request);
  if (!contract) return contract.error();
  return WantsYaml(request) ? YamlAnswer(*contract) : JsonAnswer(contract::ToDocument(*contract));
}

net::Response Download(Services& services, const net::Request& request) {
  const auto contract = ChosenVersion(services, request);
  if (!contract) return contract.error();
  const auto base = BaseUrl(request, services.settings.public_url);
  return JsonAnswer({{"download_url", SignedLink(base, *contract, services.clock.Now(), services.settings.link_secret)},
                     {"expires_in", kLinkLifetimeSeconds}});
}

net::Response DownloadFile(Services& services, const net::Request& request) {
  if (!IsSignedLink(request, services.clock.Now(), services.settings.link_secret)) {
    return net::ErrorResponse(403, "the link has expired or was altered; ask for a new one", "permission_denied");
  }
  const auto contract = ChosenVersion(services, request);
  if (!contract) return contract.error();
  auto response = YamlAnswer(*contract);
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + contract->name + ".v" +
                                                           std::to_string(contract->version) + ".yaml\"");
  return response;
}

}  // namespace

void AddEndpointRoutes(Routes& routes) {
  auto& services = routes.services();
  routes.Add(net::Method::kPost, "/endpoints", Create);
  routes.Add(net::Method::kGet, "/endpoints", List);
  routes.Add(net::Method::kGet, "/endpoints/{domain}/{name}", Get);
  routes.Add(net::Method::kPut, "/endpoints/{domain}/{name}", Replace);
  routes.Add(net::Method::kDelete, "/endpoints/{domain}/{name}", Delete);
  routes.Add(net::Method::kGet, "/endpoints/{domain}/{name}/versions", Versions);
  routes.Add(net::Method::kGet, "/endpoints/{domain}/{name}/yaml", Document);
  routes.Add(net::Method::kGet, "/endpoints/{domain}/{name}/download", Download);
  routes.AddOpen(net::Method::kGet, "/endpoints/{domain}/{name}/download/file",
                 [&services](const net::Request& request) { return DownloadFile(services, request); });
}

}  // namespace tarn::api
