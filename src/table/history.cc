// SPDX-License-Identifier: Apache-2.0
#include "table/history.h"

#include <algorithm>

namespace tarn::table {
namespace {

/// Keeps the last version of each period among those younger than `kept_for`.
class PeriodRule {
 public:
  PeriodRule(std::chrono::microseconds period, std::chrono::microseconds kept_for, Timestamp now)
      : period_us_(period.count()), oldest_us_(now.micros - kept_for.count()) {}

  void See(int64_t version, int64_t at_us) {
    if (at_us <= oldest_us_) return;
    last_of_[at_us / period_us_] = version;
  }

  void AddTo(std::set<int64_t>& kept) const {
    for (const auto& [period, version] : last_of_) kept.insert(version);
  }

 private:
  int64_t period_us_;
  int64_t oldest_us_;
  std::map<int64_t, int64_t> last_of_;
};

}  // namespace

std::set<int64_t> KeptVersions(std::span<const VersionChange> history, const RetentionRule& rule, Timestamp now) {
  std::set<int64_t> kept;
  PeriodRule minutes(std::chrono::minutes(1), rule.minutes_for, now);
  PeriodRule hours(std::chrono::hours(1), rule.hours_for, now);
  int64_t latest_us = INT64_MIN;
  for (const auto& change : history) {
    latest_us = std::max(latest_us, change.committed_at.micros);
    minutes.See(change.version, latest_us);
    hours.See(change.version, latest_us);
  }
  minutes.AddTo(kept);
  hours.AddTo(kept);
  const auto last = std::max<size_t>(rule.last, 1);
  for (const auto& change : history.last(std::min(last, history.size()))) kept.insert(change.version);
  return kept;
}

}  // namespace tarn::table
