// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of a streamed answer on their way from a worker thread to the connection that sends them. Bounded: the
// writer waits while more than kMaxUnsentBytes are unsent. Thread-safe. Internal to net.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "net/responder.h"

namespace tarn::net {

class StreamedBody final : public BodySink {
 public:
  /// `wake` makes the connection call Take; it is called from the writer's thread and dropped after the end.
  explicit StreamedBody(std::function<void()> wake) : wake_(std::move(wake)) {}

  Status Write(std::string chunk) override;
  void Finish() override { End(State::kFinished); }
  void Abort() override { End(State::kAborted); }

  enum class State { kOpen, kFinished, kAborted };
  struct Batch {
    std::vector<std::string> chunks;
    size_t size_bytes = 0;
    State state = State::kOpen;  ///< after these chunks
  };

  /// The connection's side: everything written since the last call.
  Batch Take();
  /// The connection's side: `bytes` of what Take gave are with the system now.
  void Sent(size_t bytes);
  /// The connection's side: nothing more will be sent; writers get kCancelled.
  void Close();

 private:
  void End(State state);

  std::mutex mutex_;
  std::condition_variable room_;
  std::function<void()> wake_;
  std::vector<std::string> chunks_;
  size_t queued_bytes_ = 0;
  size_t unsent_bytes_ = 0;
  State state_ = State::kOpen;
  bool wake_pending_ = false;
  bool closed_ = false;
};

}  // namespace tarn::net
