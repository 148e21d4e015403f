// SPDX-License-Identifier: Apache-2.0
#pragma once
// One thread that interrupts statements whose time is over or whose caller gave up. DuckDB forgets an interrupt that
// comes before a statement started, so a due statement is interrupted again until its watch ends. Thread-safe.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

class Watchdog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// One statement, watched until destruction. The watchdog outlives it.
  class Watch {
   public:
    Watch(Watchdog& owner, duckdb::shared_ptr<duckdb::ClientContext> context, TimePoint deadline, std::stop_token stop);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Why the statement was interrupted: kDeadlineExceeded or kCancelled.
    std::optional<ErrorCode> reason() const;

    /// `error` with the code and words of the reason, if the statement was interrupted.
    Error Explain(Error error) const;

   private:
    friend class Watchdog;
    Watchdog& owner_;
    duckdb::shared_ptr<duckdb::ClientContext> context_;
    const TimePoint deadline_;
    const std::stop_token stop_;
    std::optional<ErrorCode> reason_;  // guarded by owner_.mutex_
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  };

  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Run();
  /// Interrupts what is due; gives the next moment to look.
  TimePoint Sweep(TimePoint now);
  void Wake();

  static constexpr std::chrono::milliseconds kRepeat{5};
  static constexpr std::chrono::hours kIdle{1};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
  bool stopping_ = false;
  TimePoint next_look_ = TimePoint::max();
  std::set<Watch*> watches_;
  std::thread thread_;
};

}  // namespace tarn::engine
