// SPDX-License-Identifier: Apache-2.0
#pragma once
// The handler's end of one exchange: answers its request exactly once, from any thread, at once or later. Answers from
// other threads are handed to the I/O thread in batches: many Send calls in a row wake it once. A Responder outlives
// its connection and its server safely. Move-only, thread-compatible.

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "net/message.h"

namespace tarn::net {

/// Where a streamed body goes.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Status Write(std::string chunk) = 0;
  virtual void Finish() = 0;
  virtual void Abort() = 0;
};

/// Where an answer goes: a connection, or a test that wants to see it.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  /// The last call on this exchange. `self` is the caller's share of this sink.
  virtual void Reply(Response response, std::shared_ptr<ReplySink> self) = 0;
  virtual std::shared_ptr<BodySink> Begin(Response head, std::shared_ptr<ReplySink> self) = 0;
  virtual std::stop_token WatchDisconnect(std::shared_ptr<ReplySink> self) = 0;
};

/// Body of unknown length, written by a worker thread, never by an I/O thread: Write blocks. Dropped unfinished, it
/// aborts.
class BodyWriter {
 public:
  explicit BodyWriter(std::shared_ptr<BodySink> sink) : sink_(std::move(sink)) {}
  BodyWriter(BodyWriter&&) noexcept = default;
  BodyWriter& operator=(BodyWriter&& other) noexcept;
  ~BodyWriter() { Abort(); }

  /// Sends `chunk`; waits while more than kMaxUnsentBytes are on their way. kCancelled after the client left.
  Status Write(std::string chunk);
  /// Ends the body well.
  void Finish();
  /// Closes the connection so that the client sees a cut body. Nothing after Finish.
  void Abort();

 private:
  std::shared_ptr<BodySink> sink_;
};

/// Bound on the unsent bytes of one streamed body.
inline constexpr size_t kMaxUnsentBytes = size_t{1} << 20;

class Responder {
 public:
  explicit Responder(std::shared_ptr<ReplySink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  /// Answers 500 when nothing was sent.
  ~Responder();

  /// Answers with a whole body. Ends this responder.
  void Send(Response response);

  /// Answers with a body that follows in parts; `head.body` is its first part. Ends this responder.
  BodyWriter Begin(Response head);

  /// From now on watches for the client to leave; the token is then stopped (its callbacks run on the I/O thread and
  /// must be quick). Call it before Send or Begin; it stays good until the answer is complete.
  std::stop_token WatchDisconnect();

 private:
  std::shared_ptr<ReplySink> sink_;
};

}  // namespace tarn::net
