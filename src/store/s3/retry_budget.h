// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bounds what retries add to the load of a server in trouble: each retry takes from a budget that successes refill, so
// that a dead server is asked once per call and a flaky one as often as it helps. Thread-safe.

#include <algorithm>
#include <mutex>

namespace tarn::store {

class RetryBudget {
 public:
  static constexpr int kCapacity = 500;
  static constexpr int kCostOfRetry = 5;
  static constexpr int kCostOfTimeout = 10;
  static constexpr int kGainOfSuccess = 1;

  /// Whether one more attempt is allowed; pays for it.
  bool TryTake(bool was_timeout) {
    const int cost = was_timeout ? kCostOfTimeout : kCostOfRetry;
    const std::lock_guard lock(mutex_);
    if (left_ < cost) return false;
    left_ -= cost;
    return true;
  }

  void OnSuccess() {
    const std::lock_guard lock(mutex_);
    left_ = std::min(kCapacity, left_ + kGainOfSuccess);
  }

 private:
  std::mutex mutex_;
  int left_ = kCapacity;
};

}  // namespace tarn::store
