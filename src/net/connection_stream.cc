// SPDX-License-Identifier: Apache-2.0
// A body that its handler reads while it arrives (BodyDecoding::kStream).
#include <algorithm>
#include <vector>

#include "net/connection.h"

namespace tarn::net {
namespace {

/// The rest of the body is of no use.
bool Spoil(IncomingBody& body, Error error) {
  body.End(std::unexpected(std::move(error)));
  body.Close();
  return false;
}

}  // namespace

/// Calls the handler and gives it the body as it comes. What the handler does not want to read closes the connection.
Task<bool> Connection::FeedBody(const std::shared_ptr<Connection>& self) {
  static constexpr std::string_view kContinueText = "HTTP/1.1 100 Continue\r\n\r\n";
  if (parser_->expects_continue() && channel_.input().empty()) {
    boost::asio::const_buffer text(kContinueText.data(), kContinueText.size());
    const bool written = co_await channel_.WriteAll({&text, 1}, server_->config.write_timeout);
    if (!written) keep_alive_ = false;
  }
  const auto body = std::make_shared<IncomingBody>([weak = std::weak_ptr<Connection>(self)] {
    const auto connection = weak.lock();
    if (connection == nullptr) return;
    const auto io = connection->io_;
    io->Wake(connection);
  });
  request_.incoming = body;
  Dispatch(self);
  const bool whole = co_await Feed(*body);
  if (!whole) {
    keep_alive_ = false;
    lingers_ = true;
    body->End(Fail(ErrorCode::kCancelled, "the client left before its body was complete"));
  }
  co_return whole;
}

/// Whether the whole body was given.
Task<bool> Connection::Feed(IncomingBody& body) {
  uint64_t received_bytes = 0;
  std::vector<char> room;
  for (;;) {
    if (TakePiece(body, received_bytes)) co_return true;
    const bool wanted = co_await AwaitRoom(body);
    if (!wanted) co_return false;
    channel_.set_deadline(std::chrono::steady_clock::now() + server_->config.body_timeout);
    size_t received = 0;
    if (parser_->is_chunked() || channel_.is_reading()) {
      received = co_await channel_.Read();
    } else {
      room.resize(IncomingBody::kPieceBytes);
      const auto left = std::min<uint64_t>(parser_->content_length() - received_bytes, room.size());
      received = co_await channel_.ReadInto({room.data(), left});
      if (received > 0 && Give(body, {room.data(), received}, received_bytes)) co_return true;
    }
    if (received > 0) continue;
    if (channel_.timed_out()) body.End(Fail(ErrorCode::kDeadlineExceeded, "the body did not arrive in time"));
    co_return false;
  }
}

/// Gives what was received to the reader; true at the end of the body.
bool Connection::TakePiece(IncomingBody& body, uint64_t& received_bytes) {
  InputBuffer& input = channel_.input();
  if (!parser_->is_chunked()) {
    const auto size = std::min<uint64_t>(parser_->content_length() - received_bytes, input.size());
    const bool is_last = Give(body, input.text().substr(0, size), received_bytes);
    input.Consume(size);
    return is_last;
  }
  const ParseState state = parser_->ParseChunks(input, SIZE_MAX);
  if (state == ParseState::kBad) return Spoil(body, {ErrorCode::kInvalidArgument, "malformed chunked body", {}});
  Give(body, std::exchange(request_.body, {}), received_bytes);
  if (state == ParseState::kDone) body.End({});
  return state == ParseState::kDone;
}

/// True when these bytes complete a body whose length is known.
bool Connection::Give(IncomingBody& body, std::string_view bytes, uint64_t& received_bytes) {
  received_bytes += bytes.size();
  request_body_bytes_ += bytes.size();
  if (received_bytes > body_limit_bytes_) {
    return Spoil(body, {ErrorCode::kResourceExhausted,
                        "the body is over the limit of " + std::to_string(body_limit_bytes_) + " bytes",
                        {}});
  }
  if (!bytes.empty()) body.Push(bytes);
  const bool is_whole = !parser_->is_chunked() && received_bytes == parser_->content_length();
  if (is_whole) body.End({});
  return is_whole;
}

/// False when nobody wants the rest.
Task<bool> Connection::AwaitRoom(IncomingBody& body) {
  channel_.clear_deadline();
  for (;;) {
    const bool over = body.is_closed() || abandoned_ || reply_kind_.load(std::memory_order_acquire) != ReplyKind::kNone;
    if (over || body.HasRoom()) co_return !over;
    co_await WokenAwaiter{*this};
  }
}

}  // namespace tarn::net
