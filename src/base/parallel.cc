// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn {

Status ForEachInParallel(size_t count, const std::function<Status(size_t)>& round) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status outcome;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      auto done = round(i);
      if (done) continue;
      next = count;
      const std::lock_guard lock(mutex);
      if (outcome) outcome = std::move(done);
    }
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(count, kParallelReads); ++i) others.emplace_back(work);
  work();
  others.clear();
  return outcome;
}

}  // namespace tarn
