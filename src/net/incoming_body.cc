// SPDX-License-Identifier: Apache-2.0
#include "net/incoming_body.h"

#include <utility>

namespace tarn::net {

Result<std::string> IncomingBody::Read() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
  if (waiting_.empty()) {
    if (!how_) return Fail(Error(how_.error()));
    return std::string();
  }
  auto bytes = std::move(waiting_.front());
  waiting_.pop_front();
  const bool was_full = waiting_bytes_ >= kMaxWaitingBytes;
  waiting_bytes_ -= bytes.size();
  const auto wake = was_full && waiting_bytes_ < kMaxWaitingBytes ? wake_ : nullptr;
  lock.unlock();
  if (wake) wake();
  return bytes;
}

void IncomingBody::Close() {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
    waiting_bytes_ = 0;
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
}

void IncomingBody::Push(std::string bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    waiting_bytes_ += bytes.size();
    waiting_.push_back(std::move(bytes));
  }
  changed_.notify_all();
}

void IncomingBody::End(Status how) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    how_ = std::move(how);
    wake_ = nullptr;
  }
  changed_.notify_all();
}

bool IncomingBody::HasRoom() {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_ < kMaxWaitingBytes;
}

bool IncomingBody::is_closed() {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace tarn::net
