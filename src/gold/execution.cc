// SPDX-License-Identifier: Apache-2.0
#include "gold/execution.h"

#include <charconv>

#include "base/words.h"
#include "codec/document.h"
#include "codec/or_null.h"

namespace tarn::gold {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

constexpr int kVersion = 1;
constexpr Words<RunStatus, 6> kStatuses{{{"QUEUED", RunStatus::kQueued},
                                         {"RUNNING", RunStatus::kRunning},
                                         {"SUCCEEDED", RunStatus::kSucceeded},
                                         {"FAILED", RunStatus::kFailed},
                                         {"TIMED_OUT", RunStatus::kTimedOut},
                                         {"ABORTED", RunStatus::kAborted}}};

/// Throws Json::exception on another shape.
Result<Execution> FromJson(const Json& json) {
  Execution execution;
  execution.domain = json.at("domain");
  execution.job_name = json.at("job_name");
  execution.run = json.at("run");
  const auto status = RunStatusOf(json.at("status").get<std::string>());
  if (!status) return Fail(ErrorCode::kCorrupt, "run record with an unknown status");
  execution.status = *status;
  execution.started_at.micros = json.at("started_at");
  if (!json.at("stopped_at").is_null()) execution.stopped_at = Timestamp{json.at("stopped_at")};
  execution.trigger = json.at("trigger");
  execution.input = json.at("input");
  if (!json.at("rows").is_null()) execution.rows = json.at("rows").get<uint64_t>();
  if (!json.at("error").is_null()) execution.error = json.at("error").get<std::string>();
  execution.upstreams = json.at("upstreams").get<std::map<std::string, int64_t>>();
  if (const auto at = json.find("scheduled_for"); at != json.end()) execution.scheduled_for = Timestamp{*at};
  execution.is_interrupted = json.value("interrupted", false);
  return execution;
}

}  // namespace

std::string_view RunStatusName(RunStatus status) { return WordOf(kStatuses, status); }

std::optional<RunStatus> RunStatusOf(std::string_view name) { return ValueInAnyCase(kStatuses, name); }

std::optional<ExecutionId> ParseExecutionId(std::string_view text) {
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) text.remove_prefix(colon + 1);
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  if (first == std::string_view::npos || last <= first) return std::nullopt;
  ExecutionId id{std::string(text.substr(0, first)), std::string(text.substr(first + 1, last - first - 1)), 0};
  const auto digits = text.substr(last + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.run);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return id;
}

OrderedJson ExecutionToJson(const Execution& execution) {
  OrderedJson json;
  json["execution_id"] = execution.id();
  json["job_name"] = execution.job_name;
  json["domain"] = execution.domain;
  json["status"] = RunStatusName(execution.status);
  json["started_at"] = FormatTimestamp(execution.started_at);
  json["stopped_at"] = OrNull(execution.stopped_at);
  json["input"] = execution.input;
  json["output"] = nullptr;
  if (execution.rows) json["output"] = OrderedJson{{"rows", *execution.rows}};
  json["error"] = OrNull(execution.error);
  json["trigger"] = execution.trigger;
  if (execution.scheduled_for) json["scheduled_for"] = FormatTimestamp(*execution.scheduled_for);
  return json;
}

std::string EncodeExecution(const Execution& execution) {
  Json json{{"version", kVersion},
            {"domain", execution.domain},
            {"job_name", execution.job_name},
            {"run", execution.run},
            {"status", RunStatusName(execution.status)},
            {"started_at", execution.started_at.micros},
            {"stopped_at", execution.stopped_at ? Json(execution.stopped_at->micros) : Json(nullptr)},
            {"trigger", execution.trigger},
            {"input", execution.input},
            {"rows", execution.rows ? Json(*execution.rows) : Json(nullptr)},
            {"error", execution.error ? Json(*execution.error) : Json(nullptr)},
            {"upstreams", execution.upstreams}};
  if (execution.scheduled_for) json["scheduled_for"] = execution.scheduled_for->micros;
  if (execution.is_interrupted) json["interrupted"] = true;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Execution> DecodeExecution(std::string_view text) {
  return codec::ReadDocument(text, {"run record", kVersion}, FromJson);
}

}  // namespace tarn::gold
