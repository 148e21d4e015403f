// SPDX-License-Identifier: Apache-2.0
#include "net/streamed_body.h"

#include <utility>

namespace tarn::net {

Status StreamedBody::Write(std::string chunk) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return closed_ || unsent_bytes_ <= kMaxUnsentBytes; });
  if (closed_) return Fail(ErrorCode::kCancelled, "the client left before the answer was complete");
  queued_bytes_ += chunk.size();
  unsent_bytes_ += chunk.size();
  chunks_.push_back(std::move(chunk));
  const bool wakes = !std::exchange(wake_pending_, true);
  lock.unlock();
  // Only the writer's thread ends the body, so the callback stays in place here.
  if (wakes) wake_();
  return {};
}

void StreamedBody::End(State state) {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
}

StreamedBody::Batch StreamedBody::Take() {
  const std::lock_guard lock(mutex_);
  wake_pending_ = false;
  return {std::exchange(chunks_, {}), std::exchange(queued_bytes_, 0), state_};
}

void StreamedBody::Sent(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    unsent_bytes_ -= bytes;
  }
  room_.notify_all();
}

void StreamedBody::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  room_.notify_all();
}

}  // namespace tarn::net
