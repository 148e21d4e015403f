// SPDX-License-Identifier: Apache-2.0
// A body that its handler reads while it arrives (BodyDecoding::kStream).
#include <algorithm>

#include "net/connection.h"

namespace tarn::net {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

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
  for (;;) {
    if (TakePiece(body, received_bytes)) co_return true;
    const bool wanted = co_await AwaitRoom(body);
    if (!wanted) co_return false;
    // What a chunked parser leaves in the input is the beginning of a chunk's head.
    if (!parser_->is_chunked() && !channel_.input().empty()) continue;
    channel_.set_deadline(std::chrono::steady_clock::now() + server_->config.body_timeout);
    const size_t received = co_await channel_.Read();
    if (received > 0) continue;
    if (channel_.timed_out()) body.End(Fail(ErrorCode::kDeadlineExceeded, "the body did not arrive in time"));
    co_return false;
  }
}

/// Moves what was received to the reader; true at the end of the body.
bool Connection::TakePiece(IncomingBody& body, uint64_t& received_bytes) {
  InputBuffer& input = channel_.input();
  std::string piece;
  bool is_last = false;
  if (parser_->is_chunked()) {
    const ParseState state = parser_->ParseChunks(input, SIZE_MAX);
    piece = std::exchange(request_.body, {});
    is_last = state == ParseState::kDone;
    if (state == ParseState::kBad) return Spoil(body, {ErrorCode::kInvalidArgument, "malformed chunked body", {}});
  } else {
    const uint64_t length = parser_->content_length();
    piece = input.text().substr(0, std::min<uint64_t>({length - received_bytes, input.size(), kPieceBytes}));
    input.Consume(piece.size());
    is_last = received_bytes + piece.size() == length;
  }
  received_bytes += piece.size();
  request_body_bytes_ += piece.size();
  if (received_bytes > body_limit_bytes_) {
    return Spoil(body, {ErrorCode::kResourceExhausted,
                        "the body is over the limit of " + std::to_string(body_limit_bytes_) + " bytes",
                        {}});
  }
  if (!piece.empty()) body.Push(std::move(piece));
  if (is_last) body.End({});
  return is_last;
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
