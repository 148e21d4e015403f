// SPDX-License-Identifier: Apache-2.0
// How answers leave a connection: whole ones in one system call where it takes them, streamed ones in chunks.
#include <array>
#include <charconv>
#include <vector>

#include "codec/json_text.h"
#include "net/connection.h"
#include "net/response_head.h"

namespace tarn::net {
namespace {

using boost::asio::const_buffer;

// A body up to this size is copied behind its head, a larger one is sent from where it is.
constexpr size_t kCopiedBodyBytes = size_t{16} << 10;

void AddRequestId(std::string& body, std::string_view request_id) {
  if (!body.ends_with('}')) return;
  body.pop_back();
  if (!body.ends_with('{')) body.push_back(',');
  body.append("\"request_id\":");
  codec::AppendJsonString(body, request_id);
  body.push_back('}');
}

const_buffer Buffer(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

void Connection::BuildHead(std::optional<size_t> content_length, bool is_chunked) {
  if (server_->draining.load(std::memory_order_relaxed)) keep_alive_ = false;
  out_.clear();
  AppendResponseHead(out_, response_,
                     {.request_id = request_id_,
                      .date = io_->Date(),
                      .cors_fields = cors_fields_,
                      .content_length = content_length,
                      .is_chunked = is_chunked,
                      .is_http11 = parser_->is_http11(),
                      .closes = !keep_alive_});
}

bool Connection::TrySendWhole() {
  std::string& body = response_.body;
  if (response_.adds_request_id) AddRequestId(body, request_id_);
  const bool has_no_body = HasNoBody(response_.status);
  BuildHead(has_no_body ? std::nullopt : std::optional(body.size()), false);
  const bool sends_body = !has_no_body && method_ != Method::kHead;
  response_body_bytes_ = sends_body ? body.size() : 0;
  if (!sends_body || body.size() <= kCopiedBodyBytes) {
    if (sends_body) out_.append(body);
    out_buffers_[0] = Buffer(out_);
    out_rest_ = channel_.TryWrite(std::span(out_buffers_).first(1));
  } else {
    out_buffers_ = {Buffer(out_), Buffer(body)};
    out_rest_ = channel_.TryWrite(out_buffers_);
  }
  return out_rest_.empty();
}

Task<bool> Connection::SendSlowly() {
  if (stream_ != nullptr) co_return co_await SendStream();
  co_return co_await channel_.WriteAll(out_rest_, server_->config.write_timeout);
}

Task<bool> Connection::SendStream() {
  const bool is_http11 = parser_->is_http11();
  if (!is_http11) keep_alive_ = false;  // the end of the connection is the end of the body
  BuildHead(std::nullopt, true);
  const_buffer head = Buffer(out_);
  bool sent = co_await channel_.WriteAll({&head, 1}, server_->config.write_timeout);
  if (sent && !response_.body.empty()) {
    StreamedBody::Batch first;
    first.size_bytes = response_.body.size();
    first.chunks.push_back(std::move(response_.body));
    sent = co_await SendBatch(first);
  }
  while (sent && !abandoned_) {
    const StreamedBody::Batch batch = stream_->Take();
    sent = co_await SendBatch(batch);
    stream_->Sent(batch.size_bytes);
    if (!sent || batch.state == StreamedBody::State::kAborted) break;
    if (batch.state == StreamedBody::State::kFinished) {
      const_buffer end = Buffer(is_http11 && method_ != Method::kHead ? "0\r\n\r\n" : "");
      co_return co_await channel_.WriteAll({&end, 1}, server_->config.write_timeout);
    }
    if (!batch.chunks.empty()) continue;
    if (watch_wanted_.exchange(false, std::memory_order_acq_rel)) BeginWatch();
    co_await WokenAwaiter{*this};
  }
  stream_->Close();
  co_return false;
}

Task<bool> Connection::SendBatch(const StreamedBody::Batch& batch) {
  if (batch.size_bytes == 0 || method_ == Method::kHead) co_return true;
  response_body_bytes_ += batch.size_bytes;
  std::array<char, 24> size_line;
  char* end = std::to_chars(size_line.data(), size_line.data() + size_line.size() - 2, batch.size_bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  std::vector<const_buffer> buffers;
  buffers.reserve(batch.chunks.size() + 2);
  const bool is_framed = parser_->is_http11();
  if (is_framed) buffers.emplace_back(size_line.data(), static_cast<size_t>(end - size_line.data()));
  for (const std::string& chunk : batch.chunks) buffers.push_back(Buffer(chunk));
  if (is_framed) buffers.push_back(Buffer("\r\n"));
  co_return co_await channel_.WriteAll(buffers, server_->config.write_timeout);
}

void Connection::ReportResponse() {
  if (!server_->hooks.on_response) return;
  server_->hooks.on_response({.method = method_,
                              .target = target_,
                              .route_pattern = route_pattern_,
                              .request_id = request_id_,
                              .status = response_.status,
                              .request_body_bytes = request_body_bytes_,
                              .response_body_bytes = response_body_bytes_,
                              .duration = std::chrono::steady_clock::now() - started_});
}

}  // namespace tarn::net
