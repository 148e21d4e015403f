// SPDX-License-Identifier: Apache-2.0
#pragma once
// One client connection: reads a request, checks its head, reads its body, hands it to its handler, sends the answer,
// and so on until one side ends it (http-api.md §1). A coroutine on one I/O thread; only the ReplySink calls may come
// from other threads. Lives as long as its coroutine or a responder. Internal to net.

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "codec/compression.h"
#include "net/incoming_body.h"
#include "net/io_thread.h"
#include "net/request_parser.h"
#include "net/server_context.h"
#include "net/socket_channel.h"
#include "net/streamed_body.h"

namespace tarn::net {

class Connection final : public ReplySink, public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<IoThread> io, std::shared_ptr<ServerContext> server);

  /// Serves until the connection ends. On its I/O thread.
  static void Start(std::shared_ptr<Connection> self) { Run(std::move(self)); }

  void Reply(Response response, std::shared_ptr<ReplySink> self) override;
  std::shared_ptr<BodySink> Begin(Response head, std::shared_ptr<ReplySink> self) override;
  std::stop_token WatchDisconnect(std::shared_ptr<ReplySink> self) override;

  // From the I/O thread:
  void OnWake();
  void OnSweep(SocketChannel::TimePoint now) { channel_.OnSweep(now); }
  void CloseIfIdle();
  /// Closes the connection whatever it does; a handler's answer goes nowhere.
  void Abandon();

 private:
  friend class IoThread;

  enum class Step {
    kContinue,  ///< go on with this request
    kReply,     ///< response_ is the answer
    kClose,     ///< end the connection
  };
  enum class ReplyKind : uint8_t { kNone, kWhole, kStream };
  struct WokenAwaiter {
    Connection& connection;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) { connection.wake_waiter_ = waiter; }
    void await_resume() const {}
  };

  static DetachedTask Run(std::shared_ptr<Connection> self);

  void BeginExchange();
  Task<Step> ReadHead();
  Step CheckHead();
  Step CheckRoute();
  Step CheckBody();
  bool TakeBufferedBody();
  Task<Step> ReadBody();
  Task<Step> ReadChunkedBody();
  bool streams_body() const { return route_->options.decoding == BodyDecoding::kStream; }
  Task<bool> FeedBody(const std::shared_ptr<Connection>& self);
  Task<bool> Feed(IncomingBody& body);
  bool TakePiece(IncomingBody& body, uint64_t& received_bytes);
  bool Give(IncomingBody& body, std::string_view bytes, uint64_t& received_bytes);
  Task<bool> AwaitRoom(IncomingBody& body);
  Task<Step> DecodeBody();
  Step FinishDecoding(Result<std::string> decoded);
  void Dispatch(const std::shared_ptr<Connection>& self);
  Task<bool> AwaitReply();
  bool TrySendWhole();
  Task<bool> SendSlowly();
  Task<bool> SendStream();
  Task<bool> SendBatch(const StreamedBody::Batch& batch);
  void ReportResponse();
  Task<bool> SkipBody();
  Task<bool> Linger();
  void EndExchange();
  void End();

  Step Refuse(Response response);
  Step RefuseAndClose(Response response);
  void PrepareCors();
  Response Preflight() const;
  void BuildHead(std::optional<size_t> content_length, bool is_chunked);
  bool Reserve(size_t bytes);
  void BeginWatch();
  void FireWatch();

  const std::shared_ptr<IoThread> io_;  // its context outlives the socket
  const std::shared_ptr<ServerContext> server_;
  SocketChannel channel_;
  size_t index_in_thread_ = 0;
  std::coroutine_handle<> wake_waiter_;
  bool abandoned_ = false;
  bool idle_ = false;  // nothing of the next request was received

  // The exchange under way.
  std::optional<RequestParser> parser_;
  Request request_;  // moves to the handler; what the answer needs of it is below
  const Route* route_ = nullptr;
  codec::Encoding encoding_ = codec::Encoding::kIdentity;
  size_t body_limit_bytes_ = 0;
  size_t reserved_bytes_ = 0;
  size_t unread_body_bytes_ = 0;
  size_t request_body_bytes_ = 0;
  size_t response_body_bytes_ = 0;
  Method method_ = Method::kGet;
  std::string target_;  // kept for the hook only
  std::string_view route_pattern_;
  std::string request_id_;
  std::string cors_fields_;
  SocketChannel::TimePoint started_;
  bool keep_alive_ = true;
  bool lingers_ = false;
  bool in_handler_ = false;

  // The answer: written by the responder's thread, then published by reply_kind_.
  Response response_;
  std::shared_ptr<StreamedBody> stream_;
  std::atomic<ReplyKind> reply_kind_{ReplyKind::kNone};
  std::string out_;  // head, and a small body
  std::array<boost::asio::const_buffer, 2> out_buffers_;
  std::span<boost::asio::const_buffer> out_rest_;

  std::mutex responder_mutex_;  // stream_ and watch_ against a responder that comes while the connection ends
  std::optional<std::stop_source> watch_;
  std::atomic<bool> has_watch_{false};
  bool ended_ = false;
  std::atomic<bool> watch_wanted_{false};

  // A body that the decoder pool works on, published by decoded_ready_.
  Result<std::string> decoded_;
  std::atomic<bool> decoded_ready_{false};
};

}  // namespace tarn::net
