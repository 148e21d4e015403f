// SPDX-License-Identifier: Apache-2.0
// What is decided about a request before its handler runs (http-api.md §1, §1.1, §4.1), and the decoding of its body.
#include "net/connection.h"

#include <algorithm>

#include "net/error_body.h"

namespace tarn::net {
namespace {

using codec::Encoding;

constexpr std::string_view kAnyOriginField = "Access-Control-Allow-Origin: *\r\n";
constexpr std::string_view kExposedFields =
    "Access-Control-Expose-Headers: x-request-id, retry-after, idempotent-replay, content-disposition, allow\r\n";
// A body that decodes to at most this much is decoded on the I/O thread.
constexpr size_t kInlineDecodedBytes = size_t{256} << 10;

// Nothing for an encoding, or a list of encodings, that is not supported.
std::optional<Encoding> ParseEncoding(std::string_view text) {
  if (text.empty() || EqualHeaderName(text, "identity")) return Encoding::kIdentity;
  if (EqualHeaderName(text, "gzip") || EqualHeaderName(text, "x-gzip")) return Encoding::kGzip;
  if (EqualHeaderName(text, "zstd")) return Encoding::kZstd;
  return std::nullopt;
}

Response TooLarge(size_t limit_bytes) {
  return ErrorResponse(413, "the body is over the limit of " + std::to_string(limit_bytes) + " bytes", "too_large");
}

}  // namespace

Connection::Step Connection::CheckHead() {
  started_ = std::chrono::steady_clock::now();
  request_id_ = parser_->client_request_id();
  if (request_id_.empty()) request_id_ = io_->NextRequestId();
  request_.request_id = request_id_;
  method_ = request_.method;
  if (server_->hooks.on_response) target_ = request_.target;
  keep_alive_ = parser_->is_keep_alive();
  PrepareCors();
  if (parser_->is_http11() && !parser_->has_host()) return RefuseAndClose(ErrorResponse(400, "Host header is missing"));
  if (parser_->has_unknown_framing()) return RefuseAndClose(ErrorResponse(400, "Transfer-Encoding is not supported"));
  if (method_ == Method::kOptions) return Refuse(Preflight());
  return CheckRoute();
}

Connection::Step Connection::CheckRoute() {
  Router::Match match = server_->router.Find(request_);
  if (match.malformed) return Refuse(ErrorResponse(400, "malformed percent-encoding in the path"));
  if (match.route == nullptr && match.allowed.empty()) return Refuse(ErrorResponse(404, "Not Found"));
  if (match.route == nullptr) {
    Response response = ErrorResponse(405, "Method Not Allowed");
    response.headers.emplace_back("Allow", std::move(match.allowed));
    return Refuse(std::move(response));
  }
  route_ = match.route;
  route_pattern_ = route_->pattern;
  if (route_->options.precheck) {
    if (auto refusal = route_->options.precheck(request_)) return Refuse(std::move(*refusal));
  }
  return CheckBody();
}

Connection::Step Connection::CheckBody() {
  const RouteOptions& options = route_->options;
  if (parser_->has_content_encoding() && options.decoding == BodyDecoding::kDecode) {
    const auto encoding = ParseEncoding(request_.Header("content-encoding").value_or(""));
    if (!encoding) {
      Response response = ErrorResponse(415, "Content-Encoding is not supported", "unsupported_encoding");
      response.headers.emplace_back("Accept-Encoding", "gzip, zstd");
      return Refuse(std::move(response));
    }
    encoding_ = *encoding;
  }
  if (options.decoding == BodyDecoding::kStream) {
    body_limit_bytes_ = options.body_limit_bytes.value_or(SIZE_MAX);
    if (parser_->content_length() > body_limit_bytes_) return Refuse(TooLarge(body_limit_bytes_));
    return Step::kContinue;
  }
  body_limit_bytes_ = options.body_limit_bytes.value_or(server_->config.body_limit_bytes);
  if (parser_->content_length() > body_limit_bytes_) return Refuse(TooLarge(body_limit_bytes_));
  if (!Reserve(static_cast<size_t>(parser_->content_length()))) return Refuse(std::move(response_));
  return Step::kContinue;
}

void Connection::PrepareCors() {
  cors_fields_.clear();
  const auto origin = parser_->has_origin() ? request_.Header("origin") : std::nullopt;
  if (server_->allows_any_origin) {
    cors_fields_ = kAnyOriginField;
  } else {
    cors_fields_ = "Vary: Origin\r\n";
    const auto& allowed = server_->config.cors_origins;
    if (origin && std::ranges::find(allowed, *origin) != allowed.end()) {
      cors_fields_.append("Access-Control-Allow-Origin: ").append(*origin).append("\r\n");
    }
  }
  if (origin) cors_fields_.append(kExposedFields);
}

Response Connection::Preflight() const {
  Response response;
  response.status = 204;
  response.headers = {
      {"Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, HEAD, OPTIONS"},
      {"Access-Control-Allow-Headers",
       "content-type, x-api-key, authorization, idempotency-key, content-encoding, x-request-id, accept"},
      {"Access-Control-Max-Age", "86400"},
  };
  return response;
}

Task<Connection::Step> Connection::DecodeBody() {
  const size_t inline_limit = std::min(body_limit_bytes_, kInlineDecodedBytes);
  auto decoded = codec::Decompress(encoding_, request_.body, inline_limit);
  const bool is_large = !decoded && decoded.error().code == ErrorCode::kResourceExhausted;
  if (!is_large || inline_limit == body_limit_bytes_) co_return FinishDecoding(std::move(decoded));

  decoded_ready_.store(false, std::memory_order_relaxed);
  const bool is_queued = server_->decoder.TrySubmit(
      [self = shared_from_this(), body = std::move(request_.body), encoding = encoding_, limit = body_limit_bytes_] {
        self->decoded_ = codec::Decompress(encoding, body, limit);
        const auto io = self->io_;
        self->decoded_ready_.store(true, std::memory_order_release);
        io->Wake(self);
      });
  if (!is_queued) {
    response_ = ErrorResponse(503, "too many compressed bodies are waiting", "overloaded");
    response_.headers.emplace_back("Retry-After", "1");
    co_return Step::kReply;
  }
  channel_.clear_deadline();
  while (!decoded_ready_.load(std::memory_order_acquire) && !abandoned_) co_await WokenAwaiter{*this};
  if (abandoned_) co_return Step::kClose;
  co_return FinishDecoding(std::move(decoded_));
}

Connection::Step Connection::FinishDecoding(Result<std::string> decoded) {
  if (decoded) {
    if (!Reserve(decoded->size())) return Step::kReply;
    request_.body = std::move(*decoded);
    return Step::kContinue;
  }
  if (decoded.error().code == ErrorCode::kResourceExhausted) {
    response_ = TooLarge(body_limit_bytes_);
  } else {
    response_ = ErrorResponseWithJson(
        422, R"([{"type":"content_encoding_invalid","loc":["body"],"msg":"the compressed body is damaged"}])");
  }
  return Step::kReply;
}

}  // namespace tarn::net
