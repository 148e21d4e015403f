// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bounded pool of threads for blocking work (object store, engine). Owned by app; thread-safe.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tarn {

class WorkerPool {
 public:
  struct Limits {
    size_t threads = 4;
    size_t queued_tasks = 1024;
    int niceness = 0;  ///< how far the threads step back behind others (base/this_thread.h)
  };

  WorkerPool(std::string name, Limits limits);
  ~WorkerPool();  ///< runs what is queued, then joins
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues `task`; false when the queue is full or the pool stops. The task must not throw.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);

  /// Refuses new tasks, finishes queued ones, joins. Idempotent.
  void Stop();

 private:
  void Run();

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tarn
