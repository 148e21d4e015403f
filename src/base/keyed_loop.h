// SPDX-License-Identifier: Apache-2.0
#pragma once
// One background loop for work that belongs to keys (endpoints, jobs): each key runs at most once at a time, when it is
// due, on a bounded pool; failures are tried again with backoff. No timer per key: an idle key costs nothing.
// Thread-safe.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/worker_pool.h"

namespace tarn {

class KeyedLoop {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Does the work of a key. An error is logged and the key is tried again after a pause.
  using Work = std::function<Status(const std::string& key)>;

  struct Options {
    std::string name;  ///< of threads and in logs
    size_t threads = 2;
    int niceness = 0;  ///< of the threads that do the work (base/this_thread.h)
    std::chrono::milliseconds first_retry{200};
    std::chrono::milliseconds longest_retry{30'000};
  };

  KeyedLoop(Options options, Work work);
  ~KeyedLoop();
  KeyedLoop(const KeyedLoop&) = delete;
  KeyedLoop& operator=(const KeyedLoop&) = delete;

  void Start();
  /// Finishes work in flight, drops what is due later. Idempotent; Schedule does nothing afterwards.
  void Stop();

  /// Runs `key` at `due`; an earlier due time that is already set wins. During a run it means: once more after it.
  void Schedule(const std::string& key, TimePoint due);
  void ScheduleNow(const std::string& key) { Schedule(key, std::chrono::steady_clock::now()); }
  /// Makes every key that is due later due now.
  void HurryAll();
  /// Forgets the due time of a key; its work calls this before it looks what is left to do.
  void Unschedule(const std::string& key);

 private:
  struct State {
    std::optional<TimePoint> due;
    bool running = false;
    int failures = 0;
  };
  void Run();
  void RunKey(const std::string& key);
  TimePoint StartDueKeys(TimePoint now);
  std::chrono::milliseconds RetryDelay(int failures) const;

  const Options options_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, State> keys_;
  bool stopping_ = false;
  std::optional<WorkerPool> pool_;
  std::thread thread_;
};

}  // namespace tarn
