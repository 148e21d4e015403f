// SPDX-License-Identifier: Apache-2.0
#include "net/incoming_body.h"

#include <utility>

namespace tarn::net {

Result<std::string> IncomingBody::Read() {
  // Woken for each piece, the connection would receive no more than one at a time.
  constexpr size_t kRoomAgain = kMaxWaitingBytes / 2;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || waiting_bytes_ >= kPieceBytes; });
  if (waiting_.empty()) {
    if (!how_) return Fail(Error(how_.error()));
    return std::string();
  }
  auto bytes = std::move(waiting_.front());
  waiting_.pop_front();
  const bool was_full = waiting_bytes_ >= kRoomAgain;
  waiting_bytes_ -= bytes.size();
  const auto wake = was_full && waiting_bytes_ < kRoomAgain ? wake_ : nullptr;
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

void IncomingBody::Push(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    waiting_bytes_ += bytes.size();
    while (!bytes.empty()) {
      if (waiting_.empty() || waiting_.back().size() == kPieceBytes) waiting_.emplace_back().reserve(kPieceBytes);
      auto& piece = waiting_.back();
      const auto taken = bytes.substr(0, kPieceBytes - piece.size());
      piece += taken;
      bytes.remove_prefix(taken.size());
    }
    if (waiting_bytes_ < kPieceBytes) return;
  }
  changed_.notify_one();
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
