// SPDX-License-Identifier: Apache-2.0
#pragma once
// The run records of one job or one pipeline as a numbered series: the entry that opens a run gives it its number, the
// last entry that names a run is its state (durability.md §7.1). Thread-safe; read once, on first use.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/series.h"

namespace tarn::gold {

/// `Run` has `uint64_t run` (its number), `Timestamp started_at` and `std::optional<Timestamp> scheduled_for`; `Codec`
/// is one of store::SeriesOf.
template <class Run, class Codec>
class RunSeries {
 public:
  RunSeries(store::ObjectStore& store, store::SeriesName name, Clock& clock)
      : prefix_(name.prefix), clock_(clock), series_(store, std::move(name), clock) {}

  /// Puts the entry that opens the run; fills in its number and start.
  Result<Run> Open(Run run) {
    const std::lock_guard lock(mutex_);
    run.run = 0;
    run.started_at = clock_.Now();
    TARN_TRY(Append(run));
    return run;
  }

  /// Puts the new state of a run.
  Status Update(Run run) {
    const std::lock_guard lock(mutex_);
    return Append(run);
  }

  /// nullopt when there is no such run.
  Result<std::optional<Run>> Find(uint64_t number) {
    const std::lock_guard lock(mutex_);
    TARN_TRY(Refresh());
    const auto found = runs_.find(number);
    return found == runs_.end() ? std::optional<Run>() : std::optional(found->second);
  }

  /// Those the predicate holds for, oldest first.
  template <class Predicate>
  Result<std::vector<Run>> Where(const Predicate& predicate) {
    const std::lock_guard lock(mutex_);
    TARN_TRY(Refresh());
    std::vector<Run> found;
    for (const auto& [number, run] : runs_) {
      if (predicate(run)) found.push_back(run);
    }
    return found;
  }

  /// That of the highest number the predicate holds for; nullopt: none.
  template <class Predicate>
  Result<std::optional<Run>> Last(const Predicate& predicate) {
    const std::lock_guard lock(mutex_);
    TARN_TRY(Refresh());
    for (auto at = runs_.rbegin(); at != runs_.rend(); ++at) {
      if (predicate(at->second)) return std::optional(at->second);
    }
    return std::optional<Run>();
  }

  /// The latest time of a schedule that a run was for.
  Result<std::optional<Timestamp>> LastScheduled() {
    const std::lock_guard lock(mutex_);
    TARN_TRY(Refresh());
    std::optional<Timestamp> last;
    for (const auto& [number, run] : runs_) last = std::max(last, run.scheduled_for);
    return last;
  }

 private:
  static constexpr int kMaxAttempts = 20;

  Status Refresh() {
    TARN_ASSIGN(const auto head, series_.Head());
    while (head && seen_ < *head) {
      TARN_ASSIGN(auto run, series_.Read(seen_ + 1));
      runs_[run.run] = std::move(run);
      ++seen_;
    }
    return {};
  }

  /// Run 0 is a run to open.
  Status Append(Run& run) {
    const bool opens = run.run == 0;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      TARN_TRY(Refresh());
      const auto number = seen_ + 1;
      if (opens) run.run = number;
      const auto put = series_.Put(number, run);
      if (put) {
        seen_ = number;
        runs_[run.run] = run;
        return {};
      }
      if (put.error().code != ErrorCode::kConflict) return put;
    }
    return Fail(ErrorCode::kConflict, "run records are contended: " + prefix_);
  }

  const std::string prefix_;
  Clock& clock_;
  store::SeriesOf<Run, Codec> series_;
  std::mutex mutex_;  ///< one writer of the series in this process
  uint64_t seen_ = 0;
  std::map<uint64_t, Run> runs_;  ///< by number
};

/// The series of each job or pipeline, kept from its first use on. Thread-safe.
template <class Run, class Codec>
class RunSeriesByName {
 public:
  RunSeriesByName(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  RunSeries<Run, Codec>& Of(store::SeriesName name) {
    const std::lock_guard lock(mutex_);
    auto& slot = series_[name.prefix];
    if (!slot) slot = std::make_unique<RunSeries<Run, Codec>>(store_, std::move(name), clock_);
    return *slot;
  }

 private:
  store::ObjectStore& store_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<RunSeries<Run, Codec>>> series_;  ///< by prefix
};

}  // namespace tarn::gold
