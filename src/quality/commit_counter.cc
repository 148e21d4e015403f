// SPDX-License-Identifier: Apache-2.0
#include "quality/commit_counter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/table_history.h"

namespace tarn::quality {
namespace {

/// Commits that are gone through for the last one that changed rows.
constexpr size_t kMostLookedBack = 100;

int64_t Length(const Monitor& monitor) {
  return std::chrono::duration_cast<std::chrono::microseconds>(monitor.interval).count();
}

class Counter {
 public:
  Counter(table::Table& table, const Monitor& monitor, MonitorState& state)
      : table_(table), monitor_(monitor), state_(state) {}

  /// The table as it is when it is first looked at.
  Status Begin(const table::Snapshot& newest) {
    TARN_ASSIGN(const auto history, table_.History());
    TARN_TRY(FindLastChange(history));
    state_.through = newest.snapshot_id;
    return {};
  }

  Status Count(const table::Snapshot& newest, Timestamp now) {
    TARN_ASSIGN(const auto history, table_.History());
    const auto seen = std::ranges::find(history, state_.through);
    if (seen == history.end() && state_.through >= 0) {
      Miss(state_.through_at, now);
      TARN_TRY(FindLastChange(history));
    } else {
      const auto first = seen == history.end() ? history.begin() : seen + 1;
      std::optional<int64_t> before = seen == history.end() ? std::nullopt : std::optional(*seen);
      for (auto at = first; at != history.end(); before = *at, ++at) TARN_TRY(Take(*at, before, newest, now));
    }
    state_.through = newest.snapshot_id;
    return {};
  }

  /// Forgets what no rule looks back on.
  void Trim(Timestamp now) {
    if (!monitor_.counts_intervals()) return;
    const auto oldest = Later(monitor_, IntervalOf(monitor_, now), -Kept());
    std::erase_if(state_.intervals, [&](const CountedInterval& one) { return one.start < oldest; });
  }

 private:
  Status FindLastChange(const std::vector<int64_t>& history) {
    size_t looked_at = 0;
    for (auto at = history.rbegin(); at != history.rend() && looked_at < kMostLookedBack; ++at, ++looked_at) {
      const auto change = table_.LoadChange(*at);
      if (!change && change.error().code == ErrorCode::kNotFound) continue;
      if (!change) return Fail(change.error());
      if (lake::KeepsRows(*change)) continue;
      state_.changed_at = change->committed_at;
      return {};
    }
    return {};
  }

  Status Take(int64_t version, std::optional<int64_t> before, const table::Snapshot& newest, Timestamp now) {
    const auto change = table_.LoadChange(version);
    if (!change && change.error().code == ErrorCode::kNotFound) {
      Miss(state_.through_at, now);
      return {};
    }
    if (!change) return Fail(change.error());
    if (change->parent.value_or(-1) != before.value_or(-1)) Miss(state_.through_at, change->committed_at);
    if (lake::KeepsRows(*change)) return {};
    state_.changed_at = std::max(state_.changed_at.value_or(change->committed_at), change->committed_at);
    if (!monitor_.counts_intervals()) return {};
    auto& interval = At(IntervalOf(monitor_, change->committed_at));
    const bool tells = change->rows_added && (change->rows_removed || !monitor_.measures_growth);
    interval.is_whole = interval.is_whole && tells;
    interval.rows += change->rows_added.value_or(0);
    if (monitor_.measures_growth) interval.rows -= change->rows_removed.value_or(0);
    if (monitor_.kind == MonitorKind::kNullRate) Examine(*change, newest, interval);
    return {};
  }

  /// Files of the commit that are still there and say how many nulls they have.
  void Examine(const table::VersionChange& change, const table::Snapshot& newest, CountedInterval& interval) {
    const auto column = newest.schema.IndexOf(monitor_.column);
    if (!column) return;
    if (files_.empty()) {
      for (const auto& file : newest.files) files_.emplace(file->path, file.get());
    }
    for (const auto& path : change.added) {
      const auto file = files_.find(path);
      if (file == files_.end()) continue;
      const auto& stats = file->second->stats;
      const auto found = stats.find(newest.schema.fields[*column].id);
      if (found == stats.end() || !found->second.null_count || file->second->record_count < 0) continue;
      interval.examined += file->second->record_count;
      interval.nulls += *found->second.null_count;
    }
  }

  CountedInterval& At(Timestamp start) {
    auto& all = state_.intervals;
    const auto at = std::ranges::lower_bound(all, start, {}, &CountedInterval::start);
    if (at != all.end() && at->start == start) return *at;
    CountedInterval interval;
    interval.start = start;
    return *all.insert(at, interval);
  }

  void Miss(Timestamp from, Timestamp to) {
    if (!monitor_.counts_intervals()) return;
    const auto first = std::max(IntervalOf(monitor_, from), Later(monitor_, IntervalOf(monitor_, to), -Kept()));
    for (auto at = first; at <= to; at = Later(monitor_, at, 1)) At(at).is_whole = false;
  }

  int64_t Kept() const { return static_cast<int64_t>(monitor_.baseline.value_or(Baseline{2, 0}).intervals) + 2; }

  table::Table& table_;
  const Monitor& monitor_;
  MonitorState& state_;
  std::map<std::string, const table::DataFile*> files_;  ///< of the newest snapshot, by path
};

}  // namespace

Timestamp IntervalOf(const Monitor& monitor, Timestamp at) {
  const auto length = Length(monitor);
  const auto into = ((at.micros % length) + length) % length;
  return {at.micros - into};
}

Timestamp Later(const Monitor& monitor, Timestamp at, int64_t intervals) {
  return {at.micros + intervals * Length(monitor)};
}

Timestamp LastInterval(const Monitor& monitor, Timestamp now) {
  const Timestamp settled{now.micros - std::chrono::microseconds(kCommitGrace).count()};
  return Later(monitor, IntervalOf(monitor, settled), -1);
}

Status CountCommits(table::Table& table, const Monitor& monitor, Timestamp now, MonitorState& state) {
  TARN_ASSIGN(const auto newest, table.Load());
  const bool begins = state.counted_from.micros == 0;
  if (begins) state.counted_from = now;
  Counter counter(table, monitor, state);
  if (newest->exists() && begins) TARN_TRY(counter.Begin(*newest));
  if (newest->exists() && newest->snapshot_id != state.through) TARN_TRY(counter.Count(*newest, now));
  counter.Trim(now);
  state.through_at = now;
  return {};
}

}  // namespace tarn::quality
