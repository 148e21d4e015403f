// SPDX-License-Identifier: Apache-2.0
#include "quality/monitor_state.h"

#include <utility>

#include "base/log.h"
#include "base/words.h"
#include "codec/document.h"
#include "codec/or_null.h"
#include "lake/alert_keys.h"

namespace tarn::quality {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

constexpr int kFormatVersion = 1;
constexpr Words<MonitorStatus, 3> kStatuses{
    {{"unknown", MonitorStatus::kUnknown}, {"pass", MonitorStatus::kPass}, {"fail", MonitorStatus::kFail}}};

OrderedJson IntervalJson(const CountedInterval& interval) {
  return {{"start", FormatTimestamp(interval.start)},
          {"rows", interval.rows},
          {"examined", interval.examined},
          {"nulls", interval.nulls},
          {"whole", interval.is_whole}};
}

/// Throws Json::exception on another shape; so do those below.
Result<Timestamp> TimeAt(const Json& json, const char* member) {
  return ParseTimestamp(json.at(member).get<std::string>());
}

Result<CountedInterval> IntervalOf(const Json& json) {
  CountedInterval interval;
  TARN_ASSIGN(interval.start, TimeAt(json, "start"));
  interval.rows = json.at("rows");
  interval.examined = json.at("examined");
  interval.nulls = json.at("nulls");
  interval.is_whole = json.at("whole");
  return interval;
}

Result<MonitorResult> ResultOf(const Json& json) {
  MonitorResult result;
  result.status = ValueOf(kStatuses, json.at("status").get<std::string>()).value_or(MonitorStatus::kUnknown);
  if (!json.at("value").is_null()) result.value = json.at("value").get<double>();
  result.message = json.at("message");
  TARN_ASSIGN(result.checked_at, TimeAt(json, "checked_at"));
  TARN_ASSIGN(result.since, TimeAt(json, "since"));
  return result;
}

Result<MonitorState> FromJson(const Json& json) {
  MonitorState state;
  state.version = json.at("monitor_version");
  state.location = json.at("location");
  state.through = json.at("through");
  TARN_ASSIGN(state.through_at, TimeAt(json, "through_at"));
  TARN_ASSIGN(state.counted_from, TimeAt(json, "counted_from"));
  if (!json.at("changed_at").is_null()) {
    TARN_ASSIGN(state.changed_at, TimeAt(json, "changed_at"));
  }
  for (const auto& one : json.at("intervals")) {
    TARN_ASSIGN(const auto interval, IntervalOf(one));
    state.intervals.push_back(interval);
  }
  TARN_ASSIGN(state.result, ResultOf(json.at("result")));
  return state;
}

}  // namespace

std::string_view MonitorStatusName(MonitorStatus status) { return WordOf(kStatuses, status); }

OrderedJson MonitorResultToJson(const MonitorResult& result) {
  return {{"status", MonitorStatusName(result.status)},
          {"value", OrNull(result.value)},
          {"message", result.message},
          {"checked_at", FormatTimestamp(result.checked_at)},
          {"since", FormatTimestamp(result.since)}};
}

std::string EncodeMonitorState(const MonitorState& state) {
  auto intervals = OrderedJson::array();
  for (const auto& interval : state.intervals) intervals.push_back(IntervalJson(interval));
  return codec::Dump(OrderedJson{{"format_version", kFormatVersion},
                                 {"monitor_version", state.version},
                                 {"location", state.location},
                                 {"through", state.through},
                                 {"through_at", FormatTimestamp(state.through_at)},
                                 {"counted_from", FormatTimestamp(state.counted_from)},
                                 {"changed_at", OrNull(state.changed_at)},
                                 {"intervals", std::move(intervals)},
                                 {"result", MonitorResultToJson(state.result)}});
}

Result<MonitorState> DecodeMonitorState(std::string_view text) {
  return codec::ReadDocument(text, {"state of a monitor", kFormatVersion, 1, "format_version"}, FromJson);
}

Result<MonitorState> LoadMonitorState(store::ObjectStore& store, const std::string& monitor) {
  const auto text = store.Get(lake::MonitorStateKey(monitor));
  if (!text && text.error().code == ErrorCode::kNotFound) return MonitorState();
  if (!text) return Fail(text.error());
  auto state = DecodeMonitorState(*text);
  if (state) return state;
  LogWarning("state of a monitor not read, it counts anew",
             {{"monitor", monitor}, {"error", state.error().ToString()}});
  return MonitorState();
}

Status SaveMonitorState(store::ObjectStore& store, const std::string& monitor, const MonitorState& state) {
  TARN_ASSIGN(const auto writer, store.OpenReplacement(lake::MonitorStateKey(monitor)));
  TARN_TRY(writer->Append(EncodeMonitorState(state)));
  TARN_TRY(writer->Finish());
  return {};
}

}  // namespace tarn::quality
