// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"

#include <utility>

#include "base/log.h"
#include "net/error_body.h"

namespace tarn::net {
namespace {

using Clock = std::chrono::steady_clock;

// A refused request's body up to this size is read and dropped, so that the connection can go on.
constexpr size_t kSkippedBodyBytes = size_t{64} << 10;
// How long a closing connection takes in what the client still sends: closing at once could destroy the answer.
constexpr std::chrono::milliseconds kLingerTime{2000};

}  // namespace

Connection::Connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<IoThread> io,
                       std::shared_ptr<ServerContext> server)
    : io_(std::move(io)), server_(std::move(server)), channel_(std::move(socket)) {}

DetachedTask Connection::Run(std::shared_ptr<Connection> self) {
  Connection& me = *self;
  me.io_->Add(me);
  while (!me.abandoned_) {
    me.BeginExchange();
    Step step = co_await me.ReadHead();
    const bool streams = step == Step::kContinue && me.streams_body();
    if (step == Step::kContinue && !streams && !me.TakeBufferedBody()) step = co_await me.ReadBody();
    if (step == Step::kContinue && me.encoding_ != codec::Encoding::kIdentity) step = co_await me.DecodeBody();
    if (step == Step::kClose) break;
    if (step == Step::kContinue) {
      if (streams) {
        co_await me.FeedBody(self);
      } else {
        me.Dispatch(self);
      }
      if (me.reply_kind_.load(std::memory_order_acquire) == ReplyKind::kNone) {
        const bool replied = co_await me.AwaitReply();
        if (!replied) break;
      }
    }
    bool sent = me.stream_ == nullptr && me.TrySendWhole();
    if (!sent) sent = co_await me.SendSlowly();
    if (sent) me.ReportResponse();
    me.EndExchange();
    if (!sent) break;
    if (!me.keep_alive_) {
      if (me.lingers_) co_await me.Linger();
      break;
    }
    if (me.unread_body_bytes_ > 0) {
      const bool skipped = co_await me.SkipBody();
      if (!skipped) break;
    }
  }
  me.End();
  co_await me.channel_.Finish();
  me.io_->Remove(me);
  me.server_->RemoveConnection();
}

void Connection::BeginExchange() {
  request_ = Request();
  response_ = Response();
  parser_.emplace(request_, server_->config.head_limit_bytes);
  route_ = nullptr;
  route_pattern_ = {};
  encoding_ = codec::Encoding::kIdentity;
  reply_kind_.store(ReplyKind::kNone, std::memory_order_relaxed);
  unread_body_bytes_ = request_body_bytes_ = response_body_bytes_ = 0;
  target_.clear();
  request_id_.clear();
  keep_alive_ = true;
  lingers_ = false;
  started_ = Clock::now();
}

Task<Connection::Step> Connection::ReadHead() {
  method_ = Method::kGet;
  idle_ = channel_.input().empty();
  channel_.set_deadline(started_ + server_->config.idle_timeout);
  if (idle_ && server_->draining.load(std::memory_order_relaxed)) co_return Step::kClose;
  for (;;) {
    if (!channel_.input().empty()) {
      const bool is_first = std::exchange(idle_, false) || !parser_->has_begun();
      const ParseState state = parser_->ParseHead(channel_.input());
      if (state == ParseState::kDone) co_return CheckHead();
      if (state == ParseState::kBad) co_return RefuseAndClose(ErrorResponse(400, "malformed HTTP request"));
      if (state == ParseState::kTooLarge) {
        co_return RefuseAndClose(parser_->has_request_line() ? ErrorResponse(431, "request headers too large")
                                                             : ErrorResponse(414, "request line too long"));
      }
      if (is_first) channel_.set_deadline(Clock::now() + server_->config.head_timeout);
    }
    const size_t received = co_await channel_.Read();
    if (received > 0) continue;
    const bool is_late = channel_.timed_out() && parser_->has_begun();
    co_return is_late ? RefuseAndClose(ErrorResponse(408, "the request did not arrive in time")) : Step::kClose;
  }
}

bool Connection::TakeBufferedBody() {
  if (parser_->is_chunked()) return false;
  const auto length = static_cast<size_t>(parser_->content_length());
  request_.body.reserve(length + kBodyPadding);
  InputBuffer& input = channel_.input();
  const size_t ready = std::min(length, input.size());
  request_.body.assign(input.text().substr(0, ready));
  input.Consume(ready);
  return ready == length;
}

Task<Connection::Step> Connection::ReadBody() {
  static constexpr std::string_view kContinueText = "HTTP/1.1 100 Continue\r\n\r\n";
  if (parser_->expects_continue() && channel_.input().empty()) {
    boost::asio::const_buffer text(kContinueText.data(), kContinueText.size());
    const bool written = co_await channel_.WriteAll({&text, 1}, server_->config.write_timeout);
    if (!written) co_return Step::kClose;
  }
  const auto begun = Clock::now();
  channel_.set_deadline(begun + server_->config.body_timeout);
  if (parser_->is_chunked()) co_return co_await ReadChunkedBody();

  std::string& body = request_.body;
  const auto length = static_cast<size_t>(parser_->content_length());
  const std::chrono::seconds allowance(length / kSlowestBodyBytesPerSecond);
  channel_.set_deadline(begun + server_->config.body_timeout + allowance);
  size_t filled = body.size();
  body.resize_and_overwrite(length, [](char*, size_t size) { return size; });
  while (filled < length) {
    size_t received = 0;
    if (channel_.is_reading() || !channel_.input().empty()) {
      if (channel_.input().empty()) co_await channel_.Read();
      received = std::min(length - filled, channel_.input().size());
      channel_.input().text().copy(body.data() + filled, received);
      channel_.input().Consume(received);
    } else {
      received = co_await channel_.ReadInto({body.data() + filled, length - filled});
    }
    if (received == 0) {
      const bool is_late = channel_.timed_out();
      co_return is_late ? RefuseAndClose(ErrorResponse(408, "the body did not arrive in time")) : Step::kClose;
    }
    filled += received;
  }
  co_return Step::kContinue;
}

Task<Connection::Step> Connection::ReadChunkedBody() {
  for (;;) {
    const size_t before = request_.body.capacity();
    const ParseState state = parser_->ParseChunks(channel_.input(), body_limit_bytes_);
    if (state == ParseState::kBad) co_return RefuseAndClose(ErrorResponse(400, "malformed chunked body"));
    if (state == ParseState::kTooLarge) {
      co_return RefuseAndClose(ErrorResponse(
          413, "the body is over the limit of " + std::to_string(body_limit_bytes_) + " bytes", "too_large"));
    }
    if (!Reserve(request_.body.capacity() - before)) co_return RefuseAndClose(std::move(response_));
    if (state == ParseState::kDone) break;
    const size_t received = co_await channel_.Read();
    if (received == 0) {
      const bool is_late = channel_.timed_out();
      co_return is_late ? RefuseAndClose(ErrorResponse(408, "the body did not arrive in time")) : Step::kClose;
    }
  }
  request_.body.reserve(request_.body.size() + kBodyPadding);
  co_return Step::kContinue;
}

Task<bool> Connection::AwaitReply() {
  channel_.clear_deadline();
  while (reply_kind_.load(std::memory_order_acquire) == ReplyKind::kNone && !abandoned_) {
    if (watch_wanted_.exchange(false, std::memory_order_acq_rel)) BeginWatch();
    co_await WokenAwaiter{*this};
  }
  co_return !abandoned_;
}

Task<bool> Connection::SkipBody() {
  InputBuffer& input = channel_.input();
  channel_.set_deadline(Clock::now() + server_->config.body_timeout);
  for (;;) {
    const size_t skipped = std::min(unread_body_bytes_, input.size());
    input.Consume(skipped);
    unread_body_bytes_ -= skipped;
    if (unread_body_bytes_ == 0) co_return true;
    const size_t received = co_await channel_.Read();
    if (received == 0) co_return false;
  }
}

Task<bool> Connection::Linger() {
  channel_.ShutdownSend();
  channel_.set_deadline(Clock::now() + kLingerTime);
  size_t received = 1;
  while (received > 0) {
    channel_.input().Consume(channel_.input().size());
    received = co_await channel_.Read();
  }
  co_return true;
}

void Connection::EndExchange() {
  server_->Release(std::exchange(reserved_bytes_, 0));
  channel_.StopWatch();
  watch_wanted_.store(false, std::memory_order_relaxed);
  if (stream_ == nullptr && !has_watch_) return;
  const std::lock_guard lock(responder_mutex_);
  stream_.reset();
  watch_.reset();
  has_watch_ = false;
}

void Connection::End() {
  FireWatch();
  server_->Release(std::exchange(reserved_bytes_, 0));
  std::shared_ptr<StreamedBody> stream;
  {
    const std::lock_guard lock(responder_mutex_);
    ended_ = true;
    stream = std::move(stream_);
  }
  if (stream != nullptr) stream->Close();
}

Connection::Step Connection::Refuse(Response response) {
  response_ = std::move(response);
  const uint64_t length = parser_->content_length();
  if (parser_->is_chunked() || parser_->expects_continue() || length > kSkippedBodyBytes) {
    keep_alive_ = false;
    lingers_ = true;
  } else {
    unread_body_bytes_ = static_cast<size_t>(length);
  }
  return Step::kReply;
}

Connection::Step Connection::RefuseAndClose(Response response) {
  response_ = std::move(response);
  if (request_id_.empty()) request_id_ = io_->NextRequestId();
  if (cors_fields_.empty()) PrepareCors();
  keep_alive_ = false;
  lingers_ = true;
  return Step::kReply;
}

bool Connection::Reserve(size_t bytes) {
  if (bytes == 0) return true;
  if (!server_->TryReserve(bytes)) {
    response_ = ErrorResponse(503, "too many bytes of other requests are in flight", "overloaded");
    response_.headers.emplace_back("Retry-After", "1");
    return false;
  }
  reserved_bytes_ += bytes;
  return true;
}

void Connection::Dispatch(const std::shared_ptr<Connection>& self) {
  request_body_bytes_ = request_.body.size();
  in_handler_ = true;
  try {
    route_->handler(std::move(request_), Responder(self));
  } catch (const std::exception& error) {
    LogError("handler threw", {{"route", route_->pattern}, {"what", error.what()}});
  } catch (...) {
    LogError("handler threw", {{"route", route_->pattern}});
  }
  in_handler_ = false;
}

void Connection::Reply(Response response, std::shared_ptr<ReplySink> self) {
  response_ = std::move(response);
  if (io_->IsCurrent() && in_handler_) {
    reply_kind_.store(ReplyKind::kWhole, std::memory_order_relaxed);
    return;
  }
  const auto io = io_;  // once the answer is out, the connection and its server may end at any time
  reply_kind_.store(ReplyKind::kWhole, std::memory_order_release);
  io->Wake(std::static_pointer_cast<Connection>(std::move(self)));
}

std::shared_ptr<BodySink> Connection::Begin(Response head, std::shared_ptr<ReplySink> self) {
  auto connection = std::static_pointer_cast<Connection>(std::move(self));
  auto stream = std::make_shared<StreamedBody>([connection] {
    const auto io = connection->io_;
    io->Wake(connection);
  });
  {
    const std::lock_guard lock(responder_mutex_);
    if (ended_) {
      stream->Close();
      return stream;
    }
    response_ = std::move(head);
    stream_ = stream;
  }
  const auto io = io_;
  reply_kind_.store(ReplyKind::kStream, std::memory_order_release);
  io->Wake(std::move(connection));
  return stream;
}

std::stop_token Connection::WatchDisconnect(std::shared_ptr<ReplySink> self) {
  std::stop_token token;
  {
    const std::lock_guard lock(responder_mutex_);
    if (!watch_) watch_.emplace();
    has_watch_ = true;
    token = watch_->get_token();
  }
  watch_wanted_.store(true, std::memory_order_release);
  const auto io = io_;
  io->Wake(std::static_pointer_cast<Connection>(std::move(self)));
  return token;
}

void Connection::OnWake() {
  if (const auto waiter = std::exchange(wake_waiter_, nullptr)) waiter.resume();
}

void Connection::BeginWatch() {
  channel_.StartWatch([this] { FireWatch(); });
}

void Connection::FireWatch() {
  std::optional<std::stop_source> source;
  {
    const std::lock_guard lock(responder_mutex_);
    source = watch_;
  }
  if (source) source->request_stop();
}

void Connection::CloseIfIdle() {
  if (idle_) channel_.CancelWaiting();
}

void Connection::Abandon() {
  abandoned_ = true;
  FireWatch();
  channel_.Close();
  OnWake();
}

}  // namespace tarn::net
