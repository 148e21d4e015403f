// SPDX-License-Identifier: Apache-2.0
#include "api/monitor_body.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "api/parameters.h"
#include "base/ascii.h"
#include "lake/name.h"
#include "lake/table_reference.h"

namespace tarn::api {
namespace {

using codec::Json;
using quality::MonitorKind;

constexpr std::chrono::seconds kShortestInterval{5};
constexpr std::chrono::seconds kShortestAge{1};
constexpr uint64_t kMostIntervals = 1'000;
constexpr double kMostRows = 9e15;

/// Members that not every kind has.
constexpr std::array<std::pair<const char*, std::array<bool, 4>>, 9> kMembers{{
    // volume, freshness, null_rate, schema
    {"interval", {true, false, true, false}},
    {"measure", {true, false, false, false}},
    {"min", {true, false, false, false}},
    {"max", {true, false, true, false}},
    {"baseline", {true, false, false, false}},
    {"max_age", {false, true, false, false}},
    {"column", {false, false, true, false}},
    {"columns", {false, false, false, true}},
    {"new_columns", {false, false, false, true}},
}};

class MonitorReader {
 public:
  MonitorReader(const Json& body, MonitorBody& out) : body_(body), out_(out), monitor_(out.monitor) {}

  void Read() {
    ReadTable();
    if (!ReadKind()) return;
    RefuseOthers();
    monitor_.interval = Duration("interval", kShortestInterval, monitor_.interval_text);
    monitor_.max_age = Duration("max_age", kShortestAge, monitor_.max_age_text);
    monitor_.measures_growth = Word("measure", {"written", "growth"}) == "growth";
    monitor_.allows_new_columns = Word("new_columns", {"refused", "allowed"}) == "allowed";
    monitor_.is_paused = Word("status", {"active", "paused"}) == "paused";
    monitor_.min = Number(body_, "min", {"min"}, -kMostRows, kMostRows);
    monitor_.max = Number(body_, "max", {"max"}, -kMostRows, monitor_.kind == MonitorKind::kNullRate ? 1 : kMostRows);
    ReadBaseline();
    ReadColumns();
    CheckKind();
  }

 private:
  void Refuse(std::vector<std::string> member, std::string type, std::string message) {
    member.insert(member.begin(), "body");
    out_.problems.push_back({std::move(type), std::move(member), std::move(message)});
  }

  /// nullptr for what is null as well.
  const Json* Given(const Json& from, const char* member) const {
    const auto found = from.find(member);
    return found == from.end() || found->is_null() ? nullptr : &*found;
  }
  const Json* Given(const char* member) const { return Given(body_, member); }

  void ReadTable() {
    const auto* given = Given("table");
    if (given == nullptr) return Refuse({"table"}, "missing", "Field required");
    const auto text = given->is_string() ? given->get<std::string>() : std::string();
    const auto name = lake::ReadTableReference("", Lower(text));
    if ((name.layer != "silver" && name.layer != "gold") || !lake::IsName(name.domain) || !lake::IsName(name.table)) {
      return Refuse({"table"}, "value_error", "Input should be domain.silver.table or domain.gold.table");
    }
    monitor_.table = name;
  }

  bool ReadKind() {
    const auto* given = Given("kind");
    if (given == nullptr) {
      Refuse({"kind"}, "missing", "Field required");
      return false;
    }
    const auto kind = given->is_string() ? quality::MonitorKindOf(Lower(given->get<std::string>())) : std::nullopt;
    if (!kind) Refuse({"kind"}, "enum", "Input should be one of 'volume', 'freshness', 'null_rate', 'schema'");
    if (kind) monitor_.kind = *kind;
    return kind.has_value();
  }

  void RefuseOthers() {
    for (const auto& [member, kinds] : kMembers) {
      if (kinds.at(static_cast<size_t>(monitor_.kind)) || Given(member) == nullptr) continue;
      Refuse({member}, "value_error", "it is not for kind " + std::string(quality::MonitorKindName(monitor_.kind)));
    }
  }

  std::chrono::milliseconds Duration(const char* member, std::chrono::milliseconds shortest, std::string& text) {
    const auto* given = Given(member);
    if (given == nullptr) return {};
    const auto length = given->is_string() ? ParseDuration(given->get<std::string>())
                                           : Result<std::chrono::milliseconds>(std::chrono::milliseconds(0));
    if (!length || *length < shortest) {
      Refuse({member}, "value_error",
             "Input should be a duration such as 90s, 15m, 1h or 1d, at least " + FormatDuration(shortest));
      return {};
    }
    text = given->get<std::string>();
    return *length;
  }

  /// The first word is the default.
  std::string Word(const char* member, const std::array<std::string_view, 2>& words) {
    const auto* given = Given(member);
    if (given == nullptr) return std::string(words[0]);
    const auto text = given->is_string() ? Lower(given->get<std::string>()) : std::string();
    if (std::ranges::find(words, text) != words.end()) return text;
    Refuse({member}, "enum", "Input should be one of '" + std::string(words[0]) + "', '" + std::string(words[1]) + "'");
    return std::string(words[0]);
  }

  std::optional<double> Number(const Json& from, const char* member, std::vector<std::string> place, double lowest,
                               double highest) {
    const auto* given = Given(from, member);
    if (given == nullptr) return std::nullopt;
    const auto number = given->is_number() ? given->get<double>() : std::nan("");
    if (number >= lowest && number <= highest) return number;
    Refuse(std::move(place), "value_error", "Input should be a number in the range of what is measured");
    return std::nullopt;
  }

  void ReadBaseline() {
    const auto* given = Given("baseline");
    if (given == nullptr) return;
    if (!given->is_object()) return Refuse({"baseline"}, "dict_type", "Input should be an object");
    quality::Baseline baseline;
    const auto intervals = Number(*given, "intervals", {"baseline", "intervals"}, 2, kMostIntervals);
    const auto deviations = Number(*given, "deviations", {"baseline", "deviations"}, 0.1, 100);
    baseline.intervals = static_cast<uint64_t>(intervals.value_or(static_cast<double>(baseline.intervals)));
    baseline.deviations = deviations.value_or(baseline.deviations);
    monitor_.baseline = baseline;
  }

  void ReadColumns() {
    if (const auto* given = Given("column"); given != nullptr) {
      if (!given->is_string()) return Refuse({"column"}, "string_type", "Input should be a valid string");
      monitor_.column = given->get<std::string>();
    }
    const auto* columns = Given("columns");
    out_.keeps_columns = monitor_.kind == MonitorKind::kSchema && columns == nullptr;
    if (columns == nullptr) return;
    const bool fits = columns->is_object() && !columns->empty() &&
                      std::ranges::all_of(*columns, [](const Json& type) { return type.is_string(); });
    if (!fits) return Refuse({"columns"}, "dict_type", "Input should be an object of SQL types by column");
    monitor_.columns = columns->get<std::map<std::string, std::string>>();
  }

  void CheckKind() {
    const auto need = [&](const char* member) {
      if (Given(member) == nullptr) {
        Refuse({member}, "missing", "Field required of kind " + std::string(quality::MonitorKindName(monitor_.kind)));
      }
    };
    if (monitor_.kind == MonitorKind::kFreshness) return need("max_age");
    if (monitor_.kind == MonitorKind::kNullRate) {
      need("column");
      need("max");
      if (monitor_.max.value_or(0) < 0) Refuse({"max"}, "value_error", "Input should be a share from 0 to 1");
    }
    if (monitor_.kind != MonitorKind::kVolume) return;
    need("interval");
    if (!monitor_.min && !monitor_.max && !monitor_.baseline) {
      Refuse({}, "value_error", "a volume needs min, max or a baseline");
    }
    if (monitor_.min && monitor_.max && *monitor_.min > *monitor_.max) {
      Refuse({"max"}, "value_error", "Input should not be below min");
    }
  }

  const Json& body_;
  MonitorBody& out_;
  quality::Monitor& monitor_;
};

}  // namespace

MonitorBody ReadMonitorBody(const Json& body, const std::string& name) {
  MonitorBody out;
  out.monitor.name = name;
  if (!lake::IsName(name)) {
    out.problems.push_back({"value_error", {"path", "name"}, lake::kNameRule});
    return out;
  }
  MonitorReader(body, out).Read();
  return out;
}

}  // namespace tarn::api
