// SPDX-License-Identifier: Apache-2.0
#pragma once
// One socket as its connection's coroutine sees it: at most one receive under way, writes that try the system call
// first, one deadline, and a watch that notices the client leaving while nothing is awaited. Everything happens on the
// I/O thread. Finish must be awaited before the channel dies. Internal to net.

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <coroutine>
#include <functional>
#include <span>

#include "net/input_buffer.h"
#include "net/task.h"

namespace tarn::net {

class SocketChannel {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit SocketChannel(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}
  SocketChannel(const SocketChannel&) = delete;
  SocketChannel& operator=(const SocketChannel&) = delete;

  /// Received bytes that nobody consumed yet.
  InputBuffer& input() { return input_; }

  struct ReadAwaiter {
    SocketChannel& channel;
    std::span<char> target;
    bool await_ready() const { return channel.read_failed_; }
    void await_suspend(std::coroutine_handle<> waiter);
    /// Received bytes, 0 when the client left, the deadline passed or the channel was closed.
    size_t await_resume() const { return channel.read_failed_ ? 0 : channel.received_; }
  };
  /// Awaits more input.
  ReadAwaiter Read() { return {*this, {}}; }
  /// Awaits bytes straight into `target`; only while !is_reading().
  ReadAwaiter ReadInto(std::span<char> target) { return {*this, target}; }
  /// Whether a receive into the input is under way that a watch began.
  bool is_reading() const { return reading_; }

  /// Writes what the system takes without waiting and gives the rest, the whole when the connection is broken.
  std::span<boost::asio::const_buffer> TryWrite(std::span<boost::asio::const_buffer> buffers);
  /// Writes all of `buffers`, which it consumes; each wait ends `patience` later. False when the connection is broken.
  Task<bool> WriteAll(std::span<boost::asio::const_buffer> buffers, std::chrono::milliseconds patience);

  /// What is awaited ends with failure at `deadline`.
  void set_deadline(TimePoint deadline) {
    deadline_ = deadline;
    timed_out_ = false;
  }
  void clear_deadline() { set_deadline(TimePoint::max()); }
  bool timed_out() const { return timed_out_; }
  void OnSweep(TimePoint now);

  /// Receives ahead until StopWatch; calls `on_gone` when the client closes its end.
  void StartWatch(std::function<void()> on_gone);
  void StopWatch() { on_gone_ = nullptr; }

  void CancelWaiting();
  void ShutdownSend();
  void Close();
  /// Closes and awaits the end of what is under way.
  Task<bool> Finish();

 private:
  // A watching channel holds this much of the next requests before it stops to receive.
  static constexpr size_t kWatchedInputBytes = size_t{64} << 10;

  void StartRead(std::span<char> target);
  void OnRead(const boost::system::error_code& ec, size_t bytes, bool into_input);

  boost::asio::ip::tcp::socket socket_;
  InputBuffer input_;
  std::coroutine_handle<> read_waiter_;
  std::function<void()> on_gone_;
  TimePoint deadline_ = TimePoint::max();
  size_t received_ = 0;
  bool reading_ = false;
  bool read_failed_ = false;
  bool timed_out_ = false;
};

}  // namespace tarn::net
