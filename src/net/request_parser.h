// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns received bytes into a Request with Boost.Beast's parser, without its containers: fields go straight into the
// request. One parser a message. Internal to net. Thread-compatible.

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "net/input_buffer.h"
#include "net/message.h"

namespace tarn::net {

enum class ParseState {
  kMore,      ///< wait for further bytes
  kDone,      ///< the head, or the chunked body, is complete
  kTooLarge,  ///< head: request line or fields over the limit; body: over the limit
  kBad,       ///< not HTTP
};

class RequestParser final : private boost::beast::http::basic_parser<true> {
  using Base = boost::beast::http::basic_parser<true>;

 public:
  RequestParser(Request& request, size_t head_limit_bytes);

  /// Parses what `input` holds of the head and consumes it.
  ParseState ParseHead(InputBuffer& input);

  /// Parses what `input` holds of a chunked body, consumes it and appends it to the request's body, which may not
  /// grow over `limit_bytes`.
  ParseState ParseChunks(InputBuffer& input, size_t limit_bytes);

  /// Whether any byte of the message was seen.
  bool has_begun() const { return head_bytes_ > 0; }
  bool has_request_line() const { return has_request_line_; }
  bool has_host() const { return has_host_; }
  bool has_origin() const { return has_origin_; }
  bool has_content_encoding() const { return has_content_encoding_; }
  bool expects_continue() const { return expects_continue_ && is_http11_; }
  bool is_http11() const { return is_http11_; }
  bool is_keep_alive() const { return Base::keep_alive(); }
  bool is_chunked() const { return Base::chunked(); }
  /// Transfer-Encoding that does not end in chunked: the body's length is unknown.
  bool has_unknown_framing() const { return has_transfer_encoding_ && !Base::chunked(); }
  /// Declared length of the body, 0 without one.
  uint64_t content_length() const { return Base::content_length().value_or(0); }
  std::string_view client_request_id() const { return client_request_id_; }

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, View method, View target, int version, ErrorCode& ec) override;
  void on_response_impl(int, View, int, ErrorCode& ec) override { ec = {}; }
  void on_field_impl(boost::beast::http::field field, View name, View value, ErrorCode& ec) override;
  void on_header_impl(ErrorCode& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode& ec) override { ec = {}; }
  std::size_t on_body_impl(View body, ErrorCode& ec) override;
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode& ec) override { return on_body_impl(body, ec); }
  void on_finish_impl(ErrorCode& ec) override { ec = {}; }

  Request& request_;
  size_t head_limit_bytes_;
  size_t body_limit_bytes_ = 0;
  size_t head_bytes_ = 0;
  std::string client_request_id_;
  bool head_done_ = false;
  bool has_request_line_ = false;
  bool has_host_ = false;
  bool has_origin_ = false;
  bool has_content_encoding_ = false;
  bool has_transfer_encoding_ = false;
  bool expects_continue_ = false;
  bool is_http11_ = true;
};

}  // namespace tarn::net
