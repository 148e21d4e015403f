// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_loop.h"

#include <algorithm>

#include "base/log.h"
#include "base/this_thread.h"

namespace tarn {
namespace {
constexpr size_t kMaxQueuedKeys = 1U << 16;
constexpr int kMaxRetryDoublings = 16;
}  // namespace

KeyedLoop::KeyedLoop(Options options, Work work) : options_(std::move(options)), work_(std::move(work)) {}

KeyedLoop::~KeyedLoop() { Stop(); }

void KeyedLoop::Start() {
  pool_.emplace(
      options_.name,
      WorkerPool::Limits{.threads = options_.threads, .queued_tasks = kMaxQueuedKeys, .niceness = options_.niceness});
  thread_ = std::thread([this] {
    NameThisThread(options_.name);
    Run();
  });
}

void KeyedLoop::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (pool_) pool_->Stop();
}

void KeyedLoop::Schedule(const std::string& key, TimePoint due) {
  {
    const std::lock_guard lock(mutex_);
    auto& state = keys_[key];
    if (state.due && *state.due <= due) return;
    state.due = due;
  }
  wake_.notify_one();
}

void KeyedLoop::HurryAll() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    for (auto& [key, state] : keys_) {
      if (state.due) state.due = std::min(*state.due, now);
    }
  }
  wake_.notify_one();
}

void KeyedLoop::Unschedule(const std::string& key) {
  const std::lock_guard lock(mutex_);
  keys_[key].due.reset();
}

std::chrono::milliseconds KeyedLoop::RetryDelay(int failures) const {
  return std::min(options_.first_retry * (1 << std::min(failures, kMaxRetryDoublings)), options_.longest_retry);
}

KeyedLoop::TimePoint KeyedLoop::StartDueKeys(TimePoint now) {
  auto next = TimePoint::max();
  for (auto& [key, state] : keys_) {
    if (!state.due || state.running) continue;
    if (*state.due <= now) {
      state.running = pool_->TrySubmit([this, name = key] { RunKey(name); });
      if (state.running) {
        state.due.reset();
        continue;
      }
      state.due = now + options_.first_retry;
    }
    next = std::min(next, *state.due);
  }
  return next;
}

void KeyedLoop::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = StartDueKeys(std::chrono::steady_clock::now());
    if (next == TimePoint::max()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, next);
    }
  }
}

void KeyedLoop::RunKey(const std::string& key) {
  const auto outcome = work_(key);
  {
    const std::lock_guard lock(mutex_);
    auto& state = keys_[key];
    state.running = false;
    if (outcome) {
      state.failures = 0;
    } else {
      const auto retry = std::chrono::steady_clock::now() + RetryDelay(state.failures++);
      if (!state.due || *state.due < retry) state.due = retry;
    }
  }
  if (!outcome) {
    LogWarning("background work failed, will be tried again",
               {{"loop", options_.name}, {"key", key}, {"error", outcome.error().ToString()}});
  }
  wake_.notify_one();
}

}  // namespace tarn
