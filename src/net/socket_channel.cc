// SPDX-License-Identifier: Apache-2.0
#include "net/socket_channel.h"

#include <utility>

namespace tarn::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Awaits room in the socket's send buffer.
struct WritableAwaiter {
  asio::ip::tcp::socket& socket;
  error_code result;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    socket.async_wait(asio::socket_base::wait_write, [this, waiter](const error_code& ec) {
      result = ec;
      waiter.resume();
    });
  }
  bool await_resume() const { return !result; }
};

size_t WriteSome(asio::ip::tcp::socket& socket, std::span<const asio::const_buffer> buffers, error_code& ec) {
  if (buffers.size() == 1) return socket.write_some(asio::const_buffers_1(buffers.front()), ec);
  return socket.write_some(buffers, ec);
}

// Drops the first `bytes` from `buffers`.
std::span<asio::const_buffer> Advance(std::span<asio::const_buffer> buffers, size_t bytes) {
  while (!buffers.empty() && bytes >= buffers.front().size()) {
    bytes -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += bytes;
  return buffers;
}

}  // namespace

void SocketChannel::ReadAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  channel.read_waiter_ = waiter;
  if (!channel.reading_) channel.StartRead(target);
}

void SocketChannel::StartRead(std::span<char> target) {
  const bool into_input = target.empty();
  if (into_input) target = input_.Room();
  reading_ = true;
  socket_.async_read_some(asio::buffer(target.data(), target.size()),
                          [this, into_input](const error_code& ec, size_t bytes) { OnRead(ec, bytes, into_input); });
}

void SocketChannel::OnRead(const error_code& ec, size_t bytes, bool into_input) {
  reading_ = false;
  received_ = ec ? 0 : bytes;
  // A deadline ends one wait, everything else ends the receiving.
  const bool is_late = timed_out_ && ec == asio::error::operation_aborted;
  read_failed_ = read_failed_ || (received_ == 0 && !is_late);
  if (into_input) input_.Commit(received_);
  if (const auto waiter = std::exchange(read_waiter_, nullptr)) {
    waiter.resume();
  } else if (on_gone_ != nullptr) {
    if (received_ == 0) {
      std::exchange(on_gone_, nullptr)();
    } else if (input_.size() < kWatchedInputBytes) {
      StartRead({});
    }
  }
}

std::span<asio::const_buffer> SocketChannel::TryWrite(std::span<asio::const_buffer> buffers) {
  error_code ignored;
  return Advance(buffers, WriteSome(socket_, buffers, ignored));
}

Task<bool> SocketChannel::WriteAll(std::span<asio::const_buffer> buffers, std::chrono::milliseconds patience) {
  buffers = Advance(buffers, 0);
  while (!buffers.empty()) {
    error_code ec;
    const size_t written = WriteSome(socket_, buffers, ec);
    buffers = Advance(buffers, written);
    if (!ec) continue;
    if (ec != asio::error::would_block && ec != asio::error::try_again) co_return false;
    set_deadline(std::chrono::steady_clock::now() + patience);
    WritableAwaiter writable{socket_, {}};
    const bool is_writable = co_await writable;
    if (!is_writable) co_return false;
  }
  clear_deadline();
  co_return true;
}

void SocketChannel::OnSweep(TimePoint now) {
  if (now < deadline_) return;
  deadline_ = TimePoint::max();
  timed_out_ = true;
  CancelWaiting();
}

void SocketChannel::StartWatch(std::function<void()> on_gone) {
  if (read_failed_) {
    on_gone();
    return;
  }
  on_gone_ = std::move(on_gone);
  if (!reading_ && input_.size() < kWatchedInputBytes) StartRead({});
}

void SocketChannel::CancelWaiting() {
  error_code ignored;
  ignored = socket_.cancel(ignored);
}

void SocketChannel::ShutdownSend() {
  error_code ignored;
  ignored = socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void SocketChannel::Close() {
  error_code ignored;
  ignored = socket_.close(ignored);
}

Task<bool> SocketChannel::Finish() {
  Close();
  StopWatch();
  while (reading_) {
    // The closed socket ends the receive with an error.
    read_failed_ = false;
    co_await Read();
  }
  co_return true;
}

}  // namespace tarn::net
