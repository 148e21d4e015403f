// SPDX-License-Identifier: Apache-2.0
#include "api/trace_routes.h"

#include "api/parameters.h"
#include "codec/or_null.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;
using codec::OrNull;

/// Missing text is null.
OrderedJson Parsed(const std::string& text) {
  auto parsed = codec::ParseOrderedJson(text);
  return parsed ? *std::move(parsed) : OrderedJson(text);
}

OrderedJson RequestJson(const bronze::FoundRecord& record) {
  return {{"request_id", record.request_id},
          {"received_at", FormatTimestamp(record.received_at)},
          {"operation", record.operation},
          {"schema_version", record.schema_version},
          {"replay_of", OrNull(record.replay_of)},
          {"payload", record.is_object ? Parsed(record.payload) : OrderedJson(record.payload)}};
}

OrderedJson BronzeJson(const bronze::FoundRecord& record) {
  if (record.position == 0) return {{"landed", false}, {"entry", nullptr}, {"object", nullptr}, {"landed_at", nullptr}};
  return {{"landed", true},
          {"entry", record.position},
          {"object", record.object},
          {"landed_at", FormatTimestamp(record.landed_at)}};
}

OrderedJson DecisionJson(const upkeep::Trace& trace) {
  return {{"state", upkeep::FateName(trace.fate)},
          {"superseded_by", OrNull(trace.other)},
          {"errors", trace.record ? ErrorsJson(trace.record->errors) : OrderedJson::array()},
          {"quarantine", OrNull(trace.review)}};
}

OrderedJson CommitJson(const upkeep::Trace& trace) {
  if (!trace.commit) return nullptr;
  return {{"table", trace.domain + ".silver." + trace.table},
          {"version", trace.commit->version},
          {"id", std::to_string(trace.commit->version)},
          {"committed_at", FormatTimestamp(trace.commit->committed_at)},
          {"operation", trace.commit->operation},
          {"exact", trace.commit->exact}};
}

OrderedJson GoldJson(const upkeep::Trace& trace) {
  auto gold = OrderedJson::array();
  for (const auto& use : trace.gold) {
    gold.push_back({{"job", use.job},
                    {"execution_id", use.execution_id},
                    {"started_at", FormatTimestamp(use.started_at)},
                    {"read_version", use.read_version}});
  }
  return gold;
}

/// The row of the record's key as a query shows it; null without one.
Result<OrderedJson> RowJson(Services& services, const upkeep::Trace& trace) {
  if (trace.row_condition.empty()) return OrderedJson(nullptr);
  query::UserQuery query;
  query.request.sql = "SELECT * FROM " + engine::QuoteIdentifier(trace.domain) + ".silver." +
                      engine::QuoteIdentifier(trace.table) + " WHERE " + trace.row_condition +
                      " ORDER BY _insert_date DESC NULLS LAST LIMIT 1";
  query.format = query::Format::kNdjson;
  std::string line;
  TARN_TRY(services.queries.Run(query, [&](std::string chunk) -> Status {
    line += chunk;
    return {};
  }));
  return line.empty() ? OrderedJson(nullptr) : Parsed(line);
}

net::Response Answer(Services& services, const Result<upkeep::Trace>& trace) {
  if (!trace) {
    const auto status = trace.error().code == ErrorCode::kInvalidArgument ? 422 : 0;
    return status == 0 ? ErrorAnswer(trace.error()) : ErrorAnswer(status, trace.error());
  }
  const auto row = RowJson(services, *trace);
  if (!row) return ErrorAnswer(row.error());
  const auto& record = trace->record;
  return JsonAnswer({{"domain", trace->domain},
                     {"endpoint", trace->table},
                     {"receipt", record ? OrderedJson(record->offset.ToString()) : OrderedJson(nullptr)},
                     {"request", record ? RequestJson(*record) : OrderedJson(nullptr)},
                     {"bronze", record ? BronzeJson(*record) : OrderedJson(nullptr)},
                     {"decision", DecisionJson(*trace)},
                     {"commit", CommitJson(*trace)},
                     {"current_row", *row},
                     {"current_receipt", OrNull(trace->now)},
                     {"gold", GoldJson(*trace)}});
}

std::vector<std::string> KeyOf(const net::Request& request) {
  std::vector<std::string> key;
  for (const auto& [name, value] : request.query()) {
    if (name == "key") key.emplace_back(value);
  }
  return key;
}

net::Response GetTrace(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto receipt = parameters.Text("receipt");
  const auto domain = parameters.Text("domain");
  const auto name = parameters.Text("name");
  const auto key = KeyOf(request);
  const auto offset = lake::ParseOffset(receipt);
  if (receipt.empty() == key.empty()) {
    parameters.Refuse("receipt", "value_error", "give either a receipt, or domain, name and key");
  } else if (!receipt.empty() && !offset) {
    parameters.Refuse("receipt", "value_error", "a receipt looks like 7-1234, or r3-1 of a replay");
  } else if (domain.empty() && offset && offset->replay_number() > 0) {
    parameters.Refuse("domain", "missing", "replays are numbered by endpoint: give its domain and name");
  } else if (domain.empty() != name.empty() || (domain.empty() && !key.empty())) {
    parameters.Refuse(domain.empty() ? "domain" : "name", "missing", "Field required");
  }
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  auto& tracer = services.tracer;
  return Answer(services, receipt.empty() ? tracer.ByKey(domain, name, key) : tracer.ByReceipt(*offset, domain, name));
}

}  // namespace

void AddTraceRoutes(Routes& routes) { routes.Add(net::Method::kGet, "/trace", GetTrace); }

}  // namespace tarn::api
