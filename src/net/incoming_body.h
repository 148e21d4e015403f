// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of a request's body on their way from its connection to the worker thread that reads them, so that a body
// of any size needs little memory. Bounded: the connection stops to receive while kMaxWaitingBytes wait. Thread-safe.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::net {

class IncomingBody {
 public:
  static constexpr size_t kMaxWaitingBytes = size_t{4} << 20;
  /// The reader is woken for so many bytes, or for what is there at the end: waking it costs more than copying them.
  static constexpr size_t kPieceBytes = size_t{64} << 10;

  /// `wake` makes the connection look whether there is room; called from the reader's thread.
  explicit IncomingBody(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// The reader's side: waits for the next piece; none at the end. kCancelled after the client left,
  /// kDeadlineExceeded when the bytes did not come in time, kResourceExhausted when they are too many,
  /// kInvalidArgument when they are no HTTP body.
  Result<std::string> Read();
  /// The reader's side: nothing more will be read.
  void Close();

  /// The connection's side.
  void Push(std::string_view bytes);
  void End(Status how);
  bool HasRoom();
  bool is_closed();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> wake_;
  std::deque<std::string> waiting_;  ///< whole pieces and, at the end, what is there of the next one
  size_t waiting_bytes_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  Status how_;
};

}  // namespace tarn::net
