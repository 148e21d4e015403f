// SPDX-License-Identifier: Apache-2.0
#pragma once
// What upkeep did in this process: the newest runs with their state, and counters for the metrics. Thread-safe.

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"

namespace tarn::upkeep {

enum class Verb { kCompact, kExpire, kExport, kOrphans };

inline constexpr Verb kVerbs[] = {Verb::kCompact, Verb::kExpire, Verb::kExport, Verb::kOrphans};

/// "compact", "expire", "export", "orphans".
std::string_view VerbName(Verb verb);

/// Who asked for a run.
enum class Trigger { kLoop, kRequest };

using Figures = std::map<std::string, uint64_t>;

struct UpkeepRun {
  uint64_t number = 0;  ///< in this process, from 1
  Verb verb = Verb::kCompact;
  Trigger trigger = Trigger::kLoop;
  std::string table;  ///< "sales.silver.orders"; empty = the whole lake
  bool dry_run = false;
  std::string status;  ///< "RUNNING", "SUCCEEDED", "FAILED"
  Timestamp started_at;
  Timestamp stopped_at;              ///< 0 while it runs
  Figures figures;                   ///< what it did, by name
  std::vector<std::string> details;  ///< keys it found, at most kMaxDetails
  std::string error;
};

/// What a run's work has to say.
struct RunReport {
  Figures figures;
  std::vector<std::string> details;
};

class RunLog {
 public:
  static constexpr size_t kKeptRuns = 1'000;
  static constexpr size_t kMaxDetails = 1'000;

  RunLog(Clock& clock, MetricRegistry& metrics);

  /// Opens a run and returns its number.
  uint64_t Begin(UpkeepRun run);
  /// Closes it. A run of the loop that had nothing to do leaves no trace but in the counters.
  UpkeepRun End(uint64_t number, const Result<RunReport>& outcome);

  /// Newest first.
  std::vector<UpkeepRun> Runs() const;

 private:
  struct Counters {
    Counter& runs;
    Counter& failures;
    Histogram& seconds;
  };

  Clock& clock_;
  MetricRegistry& metrics_;
  std::map<Verb, Counters> counters_;
  mutable std::mutex mutex_;
  std::deque<UpkeepRun> runs_;
  uint64_t next_ = 1;
};

}  // namespace tarn::upkeep
