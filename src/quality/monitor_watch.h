// SPDX-License-Identifier: Apache-2.0
#pragma once
// Looks at tables with monitors: after commits, and when time alone may change a result (docs/guide/monitors.md). One
// thread, no timer for each table; what was counted and found is kept in the lake. Owned by app; thread-safe.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/metrics.h"
#include "lake/open_tables.h"
#include "quality/judge_monitor.h"
#include "quality/monitors.h"

namespace tarn::quality {

class MonitorWatch {
 public:
  /// A clock that jumps is noticed after this.
  static constexpr std::chrono::seconds kLongestPause{5};
  /// A state that has only counted further is written no more often; the versions behind it can be counted again.
  static constexpr std::chrono::seconds kSavePause{60};
  /// A table that could not be read is looked at again after this.
  static constexpr std::chrono::seconds kRetryPause{30};

  struct Dependencies {
    Monitors& monitors;
    store::ObjectStore& store;
    engine::NameResolver& names;
    lake::OpenTables& tables;
    Clock& clock;
    MetricRegistry& metrics;
  };

  /// `pause`: commits to a table within it are looked at together.
  MonitorWatch(Dependencies dependencies, std::chrono::milliseconds pause);
  ~MonitorWatch();

  /// Told every result that was found; before Start.
  using Listener = std::function<Status(const Monitor& monitor, const MonitorResult& result)>;
  void OnResult(Listener listener) { on_result_ = std::move(listener); }

  void Start();
  /// Idempotent.
  void Stop();

  /// A monitor was saved or removed.
  void Nudge();
  /// The table was committed to ("sales.silver.orders").
  void OnCommit(const std::string& table);

  /// What was found last; nullopt: it was not looked at yet.
  std::optional<MonitorResult> ResultOf(const std::string& monitor) const;

  /// Looks at what is due and answers when to look again. Called by the thread, and by tests in its place.
  Timestamp Look();

 private:
  struct Known {
    uint64_t version = 0;  ///< of the monitor
    MonitorState state;
    MonitorStatus saved_status = MonitorStatus::kUnknown;
    std::string saved;   ///< the state as it lies in the lake, times of looks apart
    Timestamp saved_at;  ///< 0: not by this process
    Timestamp due;
    Timestamp looked_at;
  };

  void Loop();
  bool IsStopping() const;
  Known& Learn(const Monitor& monitor, Timestamp now);
  void LookAt(const Monitor& monitor, Known& known, Timestamp now);
  Result<MonitorResult> Find(const Monitor& monitor, MonitorState& state, Timestamp now);
  Status Keep(const Monitor& monitor, Known& known, Timestamp now);
  void Publish();

  const Dependencies dependencies_;
  const std::chrono::milliseconds pause_;
  Listener on_result_ = [](const Monitor&, const MonitorResult&) { return Status(); };
  std::map<std::string, Known> known_;  ///< of Look alone
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool nudged_ = false;
  bool stopping_ = false;
  std::set<std::string> committed_;               ///< tables, since the last look
  std::map<std::string, MonitorResult> results_;  ///< by monitor
  std::thread thread_;
};

}  // namespace tarn::quality
