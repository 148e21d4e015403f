// SPDX-License-Identifier: Apache-2.0
#include "net/request_parser.h"

#include <algorithm>

namespace tarn::net {
namespace {

namespace http = boost::beast::http;

constexpr size_t kMaxRequestIdBytes = 128;

std::string_view AsStd(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method MethodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    case http::verb::put:
      return Method::kPut;
    case http::verb::delete_:
      return Method::kDelete;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

// A proxy's absolute form ("http://host/path") means its path.
std::string_view OriginForm(std::string_view target) {
  const size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

RequestParser::RequestParser(Request& request, size_t head_limit_bytes)
    : request_(request), head_limit_bytes_(head_limit_bytes) {
  Base::body_limit(boost::none);
  // The base counts from the last field it took; the limit on the whole head is ours.
  Base::header_limit(static_cast<std::uint32_t>(head_limit_bytes));
}

ParseState RequestParser::ParseHead(InputBuffer& input) {
  ErrorCode ec;
  // Some clients end a body with a line break that belongs to nothing (RFC 9112 §2.2).
  while (head_bytes_ == 0 && input.text().starts_with("\r\n")) input.Consume(2);
  if (head_bytes_ == 0 && input.text() == "\r") return ParseState::kMore;
  while (!head_done_ && !ec) {
    const auto text = input.text();
    const size_t consumed = Base::put({text.data(), text.size()}, ec);
    input.Consume(consumed);
    head_bytes_ += consumed;
  }
  if (ec == http::error::header_limit) return ParseState::kTooLarge;
  if (ec && ec != http::error::need_more) return ParseState::kBad;
  if (head_bytes_ + (head_done_ ? 0 : input.size()) > head_limit_bytes_) return ParseState::kTooLarge;
  if (!head_done_ && head_bytes_ == 0) head_bytes_ = input.empty() ? 0 : 1;
  return head_done_ ? ParseState::kDone : ParseState::kMore;
}

ParseState RequestParser::ParseChunks(InputBuffer& input, size_t limit_bytes) {
  body_limit_bytes_ = limit_bytes;
  ErrorCode ec;
  while (!Base::is_done() && !ec && !input.empty()) {
    const auto text = input.text();
    input.Consume(Base::put({text.data(), text.size()}, ec));
  }
  if (ec == http::error::body_limit) return ParseState::kTooLarge;
  if (ec && ec != http::error::need_more) return ParseState::kBad;
  // A chunk's header line and the trailer wait in the input until they are complete.
  if (ec == http::error::need_more && input.size() > head_limit_bytes_) return ParseState::kBad;
  return Base::is_done() ? ParseState::kDone : ParseState::kMore;
}

void RequestParser::on_request_impl(http::verb verb, View, View target, int version, ErrorCode& ec) {
  ec = {};
  has_request_line_ = true;
  request_.method = MethodOf(verb);
  request_.target = OriginForm(AsStd(target));
  is_http11_ = version >= 11;
}

void RequestParser::on_field_impl(http::field field, View name, View value, ErrorCode& ec) {
  ec = {};
  if (head_done_) return;  // a trailer: nothing in it is used
  switch (field) {
    case http::field::host:
      has_host_ = true;
      break;
    case http::field::origin:
      has_origin_ = true;
      break;
    case http::field::content_encoding:
      has_content_encoding_ = true;
      break;
    case http::field::transfer_encoding:
      has_transfer_encoding_ = true;
      break;
    case http::field::expect:
      expects_continue_ = EqualHeaderName(AsStd(value), "100-continue");
      break;
    case http::field::unknown:
      if (EqualHeaderName(AsStd(name), "x-request-id") && value.size() <= kMaxRequestIdBytes &&
          IsPrintable(AsStd(value))) {
        client_request_id_ = AsStd(value);
      }
      break;
    default:
      break;
  }
  request_.headers.Add(AsStd(name), AsStd(value));
}

void RequestParser::on_header_impl(ErrorCode& ec) {
  ec = {};
  head_done_ = true;
}

std::size_t RequestParser::on_body_impl(View body, ErrorCode& ec) {
  ec = {};
  if (body.size() > body_limit_bytes_ - std::min(body_limit_bytes_, request_.body.size())) {
    ec = http::error::body_limit;
    return 0;
  }
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace tarn::net
