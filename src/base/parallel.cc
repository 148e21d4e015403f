// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace tarn {
namespace {

/// Outlives the call: a helper may start when all is done.
struct Shared {
  std::mutex mutex;
  std::condition_variable idle;
  size_t next = 0;
  size_t count = 0;
  size_t running = 0;
  std::optional<std::pair<size_t, Error>> first_error;

  /// The next number, or nothing when there is none or a call failed.
  std::optional<size_t> Take() {
    const std::lock_guard lock(mutex);
    if (next >= count || first_error) return std::nullopt;
    ++running;
    return next++;
  }

  void Done(size_t number, Status result) {
    const std::lock_guard lock(mutex);
    if (!result && (!first_error || number < first_error->first))
      first_error.emplace(number, std::move(result).error());
    --running;
    idle.notify_all();
  }
};

void Work(Shared& shared, const std::function<Status(size_t)>& work) {
  for (auto number = shared.Take(); number; number = shared.Take()) shared.Done(*number, work(*number));
}

}  // namespace

Status RunParallel(WorkerPool& pool, size_t count, size_t width, const std::function<Status(size_t)>& work) {
  const auto shared = std::make_shared<Shared>();
  shared->count = count;
  for (size_t helper = 1; helper < std::min(count, width); ++helper) {
    // `work` is only called while a number is taken, and this function waits for those.
    if (!pool.TrySubmit([shared, &work] { Work(*shared, work); })) break;
  }
  Work(*shared, work);
  std::unique_lock lock(shared->mutex);
  shared->idle.wait(lock, [&] { return shared->running == 0; });
  if (shared->first_error) return Fail(std::move(shared->first_error->second));
  return {};
}

Status ForEachInParallel(size_t count, const std::function<Status(size_t)>& work) {
  const size_t width = std::min(count, kParallelReads);
  WorkerPool pool("tarn-parallel", {.threads = width > 0 ? width - 1 : 0});
  return RunParallel(pool, count, width, work);
}

}  // namespace tarn
