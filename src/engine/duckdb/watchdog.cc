// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/watchdog.h"

#include <algorithm>

#include "base/this_thread.h"

namespace tarn::engine {

Watchdog::Watch::Watch(Watchdog& owner, duckdb::shared_ptr<duckdb::ClientContext> context, TimePoint deadline,
                       std::stop_token stop)
    : owner_(owner), context_(std::move(context)), deadline_(deadline), stop_(std::move(stop)) {
  {
    const std::lock_guard lock(owner_.mutex_);
    owner_.watches_.insert(this);
    // A thread that looks up earlier anyway is left asleep: most statements end long before their time.
    if (deadline_ < owner_.next_look_) {
      owner_.woken_ = true;
      owner_.wake_.notify_one();
    }
  }
  if (stop_.stop_possible()) on_stop_.emplace(stop_, [this] { owner_.Wake(); });
}

Watchdog::Watch::~Watch() {
  // Waits for a callback that runs right now, so it must not hold the lock that callback takes.
  on_stop_.reset();
  const std::lock_guard lock(owner_.mutex_);
  owner_.watches_.erase(this);
}

std::optional<ErrorCode> Watchdog::Watch::reason() const {
  const std::lock_guard lock(owner_.mutex_);
  return reason_;
}

Error Watchdog::Watch::Explain(Error error) const {
  if (error.code != ErrorCode::kCancelled) return error;
  if (reason() == ErrorCode::kDeadlineExceeded) {
    return Error{ErrorCode::kDeadlineExceeded, "the statement exceeded its time limit", {}};
  }
  return Error{ErrorCode::kCancelled, "the statement was cancelled", {}};
}

Watchdog::Watchdog() {
  thread_ = std::thread([this] {
    NameThisThread("tarn-watchdog");
    Run();
  });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Watchdog::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void Watchdog::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    next_look_ = Sweep(std::chrono::steady_clock::now());
    wake_.wait_until(lock, next_look_, [this] { return woken_ || stopping_; });
  }
}

Watchdog::TimePoint Watchdog::Sweep(TimePoint now) {
  TimePoint next = now + kIdle;
  for (Watch* watch : watches_) {
    if (!watch->reason_) {
      if (watch->stop_.stop_requested())
        watch->reason_ = ErrorCode::kCancelled;
      else if (watch->deadline_ <= now)
        watch->reason_ = ErrorCode::kDeadlineExceeded;
    }
    if (watch->reason_) watch->context_->Interrupt();
    next = std::min(next, watch->reason_ ? now + kRepeat : watch->deadline_);
  }
  return next;
}

}  // namespace tarn::engine
