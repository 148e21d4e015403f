// SPDX-License-Identifier: Apache-2.0
#include "quality/judge_monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "quality/commit_counter.h"

namespace tarn::quality {
namespace {

/// Intervals below which a baseline says nothing.
constexpr size_t kFewestIntervals = 5;
/// A spread below this share of the mean is taken for it: what was always the same may still move a little.
constexpr double kSmallestSpread = 0.05;

struct Finding {
  MonitorStatus status = MonitorStatus::kUnknown;
  std::optional<double> value{};
  std::string message{};
};

/// 1200, 0.025.
std::string Number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

std::string Seconds(int64_t micros) { return FormatDuration(std::chrono::milliseconds(micros / 1'000'000 * 1'000)); }

Finding Unknown(std::string why) { return {MonitorStatus::kUnknown, std::nullopt, std::move(why)}; }

bool IsThere(const WatchedTable& table) { return table.snapshot != nullptr && table.snapshot->exists(); }

/// What was counted in the interval that begins at `start`; nullopt: not all of it.
std::optional<CountedInterval> WholeInterval(const MonitorState& state, Timestamp start) {
  if (state.counted_from > start || state.counted_from.micros == 0) return std::nullopt;
  const auto found = std::ranges::find(state.intervals, start, &CountedInterval::start);
  CountedInterval counted;
  counted.start = start;
  if (found != state.intervals.end()) counted = *found;
  return counted.is_whole ? std::optional(counted) : std::nullopt;
}

Finding NotCounted(const Monitor& monitor, const MonitorState& state, Timestamp start) {
  if (state.counted_from > start) {
    return Unknown("no whole " + monitor.interval_text + " was counted yet, counting began at " +
                   FormatTimestamp(state.counted_from));
  }
  return Unknown("commits of the interval from " + FormatTimestamp(start) +
                 " expired before they were counted, or do not say what they wrote");
}

struct Usual {
  double lowest = 0;
  double highest = 0;
  size_t known = 0;
};

/// The rows that intervals before `start` make usual.
Usual UsualRows(const Monitor& monitor, const MonitorState& state, Timestamp start) {
  std::vector<double> rows;
  for (int64_t back = 1; back <= static_cast<int64_t>(monitor.baseline->intervals); ++back) {
    const auto counted = WholeInterval(state, Later(monitor, start, -back));
    if (counted) rows.push_back(static_cast<double>(counted->rows));
  }
  Usual usual;
  usual.known = rows.size();
  if (rows.empty()) return usual;
  double sum = 0;
  for (const auto one : rows) sum += one;
  const auto mean = sum / static_cast<double>(rows.size());
  double squares = 0;
  for (const auto one : rows) squares += (one - mean) * (one - mean);
  const auto spread = std::max(std::sqrt(squares / static_cast<double>(rows.size())), kSmallestSpread * std::abs(mean));
  usual.lowest = mean - monitor.baseline->deviations * spread;
  usual.highest = mean + monitor.baseline->deviations * spread;
  return usual;
}

Finding JudgeVolume(const Monitor& monitor, const MonitorState& state, Timestamp now) {
  const auto start = LastInterval(monitor, now);
  const auto counted = WholeInterval(state, start);
  if (!counted) return NotCounted(monitor, state, start);
  const auto rows = static_cast<double>(counted->rows);
  const auto what =
      fmt::format("{} rows {} in the {} from {}", Number(rows), monitor.measures_growth ? "more" : "were written",
                  monitor.interval_text, FormatTimestamp(start));
  if (monitor.min && rows < *monitor.min) {
    return {MonitorStatus::kFail, rows, what + ", fewer than " + Number(*monitor.min)};
  }
  if (monitor.max && rows > *monitor.max) {
    return {MonitorStatus::kFail, rows, what + ", more than " + Number(*monitor.max)};
  }
  if (!monitor.baseline) return {MonitorStatus::kPass, rows, what};
  const auto usual = UsualRows(monitor, state, start);
  const auto needed = std::min<size_t>(kFewestIntervals, monitor.baseline->intervals);
  if (usual.known < needed) {
    const bool has_bounds = monitor.min || monitor.max;
    return {has_bounds ? MonitorStatus::kPass : MonitorStatus::kUnknown, rows,
            what + fmt::format("; what is usual is known after {} intervals, {} were counted", needed, usual.known)};
  }
  const bool is_usual = rows >= usual.lowest && rows <= usual.highest;
  return {
      is_usual ? MonitorStatus::kPass : MonitorStatus::kFail, rows,
      what + fmt::format(", usual are {} to {}", Number(std::ceil(usual.lowest)), Number(std::floor(usual.highest)))};
}

Finding JudgeFreshness(const Monitor& monitor, const MonitorState& state, Timestamp now) {
  const auto from = state.changed_at.value_or(monitor.created_at);
  const auto age = std::max<int64_t>(now.micros - from.micros, 0);
  const auto allowed = std::chrono::duration_cast<std::chrono::microseconds>(monitor.max_age).count();
  const auto status = age > allowed ? MonitorStatus::kFail : MonitorStatus::kPass;
  const auto message = state.changed_at ? "the last commit that changed rows was at " + FormatTimestamp(from) + ", " +
                                              Seconds(age) + " ago"
                                        : "no commit has changed rows yet, the monitor is " + Seconds(age) + " old";
  return {status, static_cast<double>(age) / 1e6,
          message + (status == MonitorStatus::kFail ? ", more than " + monitor.max_age_text : std::string())};
}

Finding JudgeRate(const Monitor& monitor, int64_t nulls, int64_t rows, const std::string& where) {
  if (rows == 0) return {MonitorStatus::kPass, std::nullopt, "no rows " + where};
  const auto rate = static_cast<double>(nulls) / static_cast<double>(rows);
  const bool is_bad = rate > *monitor.max;
  return {is_bad ? MonitorStatus::kFail : MonitorStatus::kPass, rate,
          fmt::format("{} is null in {} of {} rows {}{}", monitor.column, nulls, rows, where,
                      is_bad ? fmt::format(", more than {} of them", Number(*monitor.max)) : std::string())};
}

Finding JudgeNullsOfTable(const Monitor& monitor, const table::Snapshot& snapshot, int32_t field) {
  int64_t rows = 0;
  int64_t nulls = 0;
  size_t silent = 0;
  for (const auto& file : snapshot.files) {
    const auto stats = file->stats.find(field);
    if (stats == file->stats.end() || !stats->second.null_count || file->record_count < 0) {
      ++silent;
      continue;
    }
    rows += file->record_count;
    nulls += *stats->second.null_count;
  }
  if (rows == 0 && silent > 0) return Unknown("no file of the table says how many nulls " + monitor.column + " has");
  const auto where =
      silent == 0 ? std::string("of the table") : fmt::format("of the table, {} files do not say", silent);
  return JudgeRate(monitor, nulls, rows, where);
}

Finding JudgeNulls(const Monitor& monitor, const MonitorState& state, const WatchedTable& table, Timestamp now) {
  if (!IsThere(table)) return Unknown("the table has no rows yet: " + monitor.table.ToString());
  const auto column = table.snapshot->schema.IndexOf(monitor.column);
  if (!column) return Unknown("the table has no such column: " + monitor.column);
  if (!monitor.counts_intervals()) {
    return JudgeNullsOfTable(monitor, *table.snapshot, table.snapshot->schema.fields[*column].id);
  }
  const auto start = LastInterval(monitor, now);
  const auto counted = WholeInterval(state, start);
  if (!counted) return NotCounted(monitor, state, start);
  if (counted->rows > 0 && counted->examined == 0) {
    return Unknown("no file of the interval from " + FormatTimestamp(start) + " says how many nulls " + monitor.column +
                   " has");
  }
  return JudgeRate(monitor, counted->nulls, counted->examined,
                   "written in the " + monitor.interval_text + " from " + FormatTimestamp(start));
}

Finding JudgeSchema(const Monitor& monitor, const WatchedTable& table) {
  if (!IsThere(table)) return Unknown("the table has no columns yet: " + monitor.table.ToString());
  const auto columns = ColumnsOf(table.visible);
  std::vector<std::string> differences;
  for (const auto& [name, type] : monitor.columns) {
    const auto found = columns.find(name);
    if (found == columns.end()) {
      differences.push_back(name + " is gone");
    } else if (found->second != type) {
      differences.push_back(fmt::format("{} is {}, not {}", name, found->second, type));
    }
  }
  for (const auto& [name, type] : columns) {
    if (!monitor.allows_new_columns && !monitor.columns.contains(name))
      differences.push_back(name + " " + type + " is new");
  }
  const auto count = static_cast<double>(differences.size());
  if (differences.empty()) return {MonitorStatus::kPass, count, "the columns are as expected"};
  std::string text;
  for (const auto& one : differences) text += (text.empty() ? "" : "; ") + one;
  return {MonitorStatus::kFail, count, text};
}

Finding FindingOf(const Monitor& monitor, const MonitorState& state, const WatchedTable& table, Timestamp now) {
  switch (monitor.kind) {
    case MonitorKind::kVolume:
      return JudgeVolume(monitor, state, now);
    case MonitorKind::kFreshness:
      return JudgeFreshness(monitor, state, now);
    case MonitorKind::kNullRate:
      return JudgeNulls(monitor, state, table, now);
    case MonitorKind::kSchema:
      return JudgeSchema(monitor, table);
  }
  return {};
}

}  // namespace

std::map<std::string, std::string> ColumnsOf(const table::Schema& visible) {
  std::map<std::string, std::string> columns;
  for (const auto& field : visible.fields) columns[field.name] = table::SqlTypeName(field.type);
  return columns;
}

MonitorResult Judge(const Monitor& monitor, const MonitorState& state, const WatchedTable& table, Timestamp now) {
  auto found = FindingOf(monitor, state, table, now);
  MonitorResult result;
  result.status = found.status;
  result.value = found.value;
  result.message = std::move(found.message);
  result.checked_at = now;
  const bool stays = state.result.checked_at.micros != 0 && state.result.status == result.status;
  result.since = stays ? state.result.since : now;
  return result;
}

std::optional<Timestamp> NextLook(const Monitor& monitor, const MonitorState& state, Timestamp now) {
  if (monitor.counts_intervals()) {
    const auto end = Later(monitor, LastInterval(monitor, now), 2);
    return Timestamp{end.micros + std::chrono::microseconds(kCommitGrace).count()};
  }
  if (monitor.kind != MonitorKind::kFreshness) return std::nullopt;
  const auto allowed = std::chrono::duration_cast<std::chrono::microseconds>(monitor.max_age).count();
  const auto from = state.changed_at.value_or(monitor.created_at).micros;
  const Timestamp deadline{from + allowed + 1};
  // Commits of others may have come unnoticed: a table that is too old is looked at again.
  return deadline > now ? deadline : Timestamp{now.micros + allowed};
}

}  // namespace tarn::quality
