// SPDX-License-Identifier: Apache-2.0
#include "quality/monitor.h"

#include <cmath>

#include "base/words.h"
#include "codec/document.h"
#include "codec/or_null.h"
#include "lake/table_reference.h"

namespace tarn::quality {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

constexpr int kFormatVersion = 1;
constexpr Words<MonitorKind, 4> kKinds{{{"volume", MonitorKind::kVolume},
                                        {"freshness", MonitorKind::kFreshness},
                                        {"null_rate", MonitorKind::kNullRate},
                                        {"schema", MonitorKind::kSchema}}};

/// Whole numbers without a fraction.
OrderedJson NumberOrNull(const std::optional<double>& number) {
  if (!number) return nullptr;
  if (*number == std::floor(*number)) return static_cast<int64_t>(*number);
  return *number;
}

OrderedJson BaselineJson(const std::optional<Baseline>& baseline) {
  if (!baseline) return nullptr;
  return {{"intervals", baseline->intervals}, {"deviations", NumberOrNull(baseline->deviations)}};
}

std::string TextAt(const Json& json, const char* member) {
  const auto& value = json.at(member);
  return value.is_null() ? std::string() : value.get<std::string>();
}

std::optional<double> NumberAt(const Json& json, const char* member) {
  const auto& value = json.at(member);
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

Status ReadDurations(Monitor& monitor) {
  if (!monitor.interval_text.empty()) {
    TARN_ASSIGN(monitor.interval, ParseDuration(monitor.interval_text));
  }
  if (!monitor.max_age_text.empty()) {
    TARN_ASSIGN(monitor.max_age, ParseDuration(monitor.max_age_text));
  }
  return {};
}

/// Throws Json::exception on another shape.
Result<StoredMonitor> FromJson(const Json& json) {
  StoredMonitor stored;
  auto& monitor = stored.value;
  monitor.name = json.at("name");
  monitor.version = json.at("version");
  monitor.table = lake::ReadTableReference("", json.at("table").get<std::string>());
  const auto kind = MonitorKindOf(json.at("kind").get<std::string>());
  if (!kind) return Fail(ErrorCode::kCorrupt, "a monitor of an unknown kind");
  monitor.kind = *kind;
  monitor.interval_text = TextAt(json, "interval");
  monitor.measures_growth = json.at("measure") == "growth";
  monitor.min = NumberAt(json, "min");
  monitor.max = NumberAt(json, "max");
  if (const auto& baseline = json.at("baseline"); !baseline.is_null()) {
    monitor.baseline = Baseline{baseline.at("intervals"), baseline.at("deviations")};
  }
  monitor.max_age_text = TextAt(json, "max_age");
  monitor.column = TextAt(json, "column");
  if (!json.at("columns").is_null()) {
    monitor.columns = json.at("columns").get<std::map<std::string, std::string>>();
  }
  monitor.allows_new_columns = json.at("new_columns") == "allowed";
  monitor.is_paused = json.at("status") == "paused";
  TARN_ASSIGN(monitor.created_at, ParseTimestamp(json.at("created_at").get<std::string>()));
  TARN_ASSIGN(monitor.updated_at, ParseTimestamp(json.at("updated_at").get<std::string>()));
  TARN_TRY(ReadDurations(monitor));
  stored.deleted = json.at("deleted");
  return stored;
}

}  // namespace

std::string_view MonitorKindName(MonitorKind kind) { return WordOf(kKinds, kind); }

std::optional<MonitorKind> MonitorKindOf(std::string_view name) { return ValueOf(kKinds, name); }

OrderedJson MonitorToJson(const Monitor& monitor) {
  const bool is_schema = monitor.kind == MonitorKind::kSchema;
  return {{"name", monitor.name},
          {"version", monitor.version},
          {"table", monitor.table.ToString()},
          {"kind", MonitorKindName(monitor.kind)},
          {"interval", OrNull(monitor.interval_text)},
          {"measure", monitor.measures_growth ? "growth" : "written"},
          {"min", NumberOrNull(monitor.min)},
          {"max", NumberOrNull(monitor.max)},
          {"baseline", BaselineJson(monitor.baseline)},
          {"max_age", OrNull(monitor.max_age_text)},
          {"column", OrNull(monitor.column)},
          {"columns", is_schema ? OrderedJson(monitor.columns) : OrderedJson(nullptr)},
          {"new_columns", monitor.allows_new_columns ? "allowed" : "refused"},
          {"status", monitor.is_paused ? "paused" : "active"},
          {"created_at", FormatTimestamp(monitor.created_at)},
          {"updated_at", FormatTimestamp(monitor.updated_at)}};
}

std::string EncodeMonitor(const StoredMonitor& stored) {
  auto json = MonitorToJson(stored.value);
  json["format_version"] = kFormatVersion;
  json["deleted"] = stored.deleted;
  return codec::Dump(json);
}

Result<StoredMonitor> DecodeMonitor(std::string_view text) {
  return codec::ReadDocument(text, {"document of a monitor", kFormatVersion, 1, "format_version"}, FromJson);
}

}  // namespace tarn::quality
