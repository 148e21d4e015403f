// SPDX-License-Identifier: Apache-2.0
#include "api/erase_routes.h"

#include "api/parameters.h"
#include "codec/or_null.h"
#include "upkeep/erase.h"

namespace tarn::api {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

OrderedJson RecordJson(const upkeep::ErasureRecord& record, bool dry_run) {
  OrderedJson json;
  json["id"] = OrNull(record.id);
  json["status"] = dry_run ? "DRY_RUN" : record.is_open() ? "OPEN" : "DONE";
  json["requested_at"] = FormatTimestamp(record.requested_at);
  if (record.is_open()) {
    json["finished_at"] = nullptr;
    json["report"] = nullptr;
    return json;
  }
  json["finished_at"] = dry_run ? OrderedJson(nullptr) : OrderedJson(FormatTimestamp(record.report->finished_at));
  json["report"] = upkeep::ReportToJson(*record.report);
  return json;
}

/// The text of a key's value as a merge would read it; nullopt for what no key can be.
std::optional<std::string> TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

/// One key: an object with all key columns, a list of their values, or the value of the only one.
std::optional<std::vector<std::string>> ReadKey(const Json& given, const contract::Contract& contract) {
  const auto columns = contract.key_columns();
  const auto key = given.is_structured() ? given : Json::array({given});
  if (key.size() != columns.size()) return std::nullopt;
  std::vector<std::string> values;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (key.is_object() && !key.contains(columns[i]->name)) return std::nullopt;
    const auto text = TextOf(key.is_object() ? key.at(columns[i]->name) : key.at(i));
    if (!text) return std::nullopt;
    values.push_back(*text);
  }
  return values;
}

/// Adds what is wrong to `problems`.
std::vector<std::vector<std::string>> ReadKeys(const Json& body, const contract::Contract& contract,
                                               std::vector<Problem>& problems) {
  std::vector<std::vector<std::string>> keys;
  const auto list = body.find("keys");
  if (list == body.end() || !list->is_array() || list->empty()) {
    problems.push_back({"value_error", {"body", "keys"}, "keys is a list of keys"});
    return keys;
  }
  for (const auto& key : *list) {
    auto values = ReadKey(key, contract);
    if (values) {
      keys.push_back(*std::move(values));
      continue;
    }
    problems.push_back(
        {"value_error",
         {"body", "keys"},
         "a key is an object with the key columns of the endpoint and no others, a list of their values in "
         "the order of the contract, or the value of the only one"});
    break;
  }
  return keys;
}

net::Response EraseNow(Services& services, const net::Request& request) {
  Parameters parameters(request);
  upkeep::Erase::Request asked;
  asked.domain = std::string(request.Param("domain"));
  asked.table = std::string(request.Param("name"));
  asked.dry_run = parameters.Bool("dry_run", false);
  auto problems = parameters.problems();
  const auto endpoint = services.registry.FindLast(asked.domain, asked.table);
  if (!endpoint) {
    return ErrorAnswer({ErrorCode::kNotFound, "Endpoint " + asked.domain + "/" + asked.table + " not found", ""});
  }
  if (!endpoint->contract().has_key()) {
    return ErrorAnswer(
        422, {ErrorCode::kInvalidArgument, "the endpoint has no key to erase by: " + endpoint->contract().id(), ""});
  }
  const auto body = BodyObject(request, problems);
  if (body) asked.keys = ReadKeys(*body, endpoint->contract(), problems);
  if (!problems.empty()) return ProblemsAnswer(problems);
  const auto record = services.erase.Run(asked);
  if (record) return JsonAnswer(RecordJson(*record, asked.dry_run));
  const bool unfit = record.error().code == ErrorCode::kInvalidArgument;
  return unfit ? ErrorAnswer(422, record.error()) : ErrorAnswer(record.error());
}

net::Response ListErasures(Services& services, const net::Request& request) {
  const auto records = services.erase.List(std::string(request.Param("domain")), std::string(request.Param("name")));
  if (!records) return ErrorAnswer(records.error());
  auto list = OrderedJson::array();
  for (const auto& record : *records) list.push_back(RecordJson(record, false));
  const auto count = list.size();
  return JsonAnswer({{"erasures", std::move(list)}, {"count", count}});
}

}  // namespace

void AddEraseRoutes(Routes& routes) {
  routes.Add(net::Method::kPost, "/upkeep/{domain}/{name}/erase", EraseNow);
  routes.Add(net::Method::kGet, "/upkeep/{domain}/{name}/erasures", ListErasures);
}

}  // namespace tarn::api
