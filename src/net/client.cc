// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <charconv>
#include <climits>
#include <system_error>

namespace tarn::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr std::uint32_t kHeadLimitBytes = 1 << 20;

std::string SystemText(int code) { return std::generic_category().message(code); }

// Waits until `fd` is ready for `events` or the deadline has passed.
Status WaitFor(int fd, short events, TimePoint deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return Fail(ErrorCode::kDeadlineExceeded, "the server did not answer in time");
    pollfd watched{fd, events, 0};
    const int ready = poll(&watched, 1, static_cast<int>(std::min<int64_t>(left, INT_MAX)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Fail(ErrorCode::kUnavailable, "poll failed: " + SystemText(errno));
  }
}

bool IsIdempotent(std::string_view method) { return method != "POST" && method != "PATCH"; }

}  // namespace

struct Client::Connection {
  std::string host;
  uint16_t port = 0;
  int fd = -1;
  std::string received;  // not parsed yet

  Connection(std::string peer_host, uint16_t peer_port) : host(std::move(peer_host)), port(peer_port) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (fd >= 0) close(fd);
  }

  Status Open(TimePoint deadline);
  Status Send(std::string_view data, TimePoint deadline);
  /// Appends to `received`; 0 = the server closed its end.
  Result<size_t> Receive(TimePoint deadline);
  /// Whether the server has neither closed nor sent anything unasked.
  bool IsQuiet() const {
    pollfd watched{fd, POLLIN, 0};
    return received.empty() && poll(&watched, 1, 0) == 0;
  }

 private:
  Status Connect(const addrinfo& address, TimePoint deadline);
};

Status Client::Connection::Connect(const addrinfo& address, TimePoint deadline) {
  if (fd >= 0) close(fd);
  fd = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (fd < 0) return Fail(ErrorCode::kUnavailable, SystemText(errno));
  const int enabled = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof(enabled));
  if (connect(fd, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return Fail(ErrorCode::kUnavailable, SystemText(errno));
  TARN_TRY(WaitFor(fd, POLLOUT, deadline));
  int failure = 0;
  socklen_t size = sizeof(failure);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0) return Fail(ErrorCode::kUnavailable, SystemText(failure));
  return {};
}

Status Client::Connection::Open(TimePoint deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  const std::string where = host + ":" + std::to_string(port);
  if (const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &addresses); code != 0) {
    return Fail(ErrorCode::kUnavailable, "cannot resolve " + host + ": " + gai_strerror(code));
  }
  Status last = Fail(ErrorCode::kUnavailable, "no address");
  for (const addrinfo* address = addresses; address != nullptr && !last; address = address->ai_next) {
    last = Connect(*address, deadline);
  }
  freeaddrinfo(addresses);
  if (!last) return Fail(ErrorCode::kUnavailable, "cannot connect to " + where + ": " + last.error().message);
  return {};
}

Status Client::Connection::Send(std::string_view data, TimePoint deadline) {
  while (!data.empty()) {
    const ssize_t sent = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      data.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TARN_TRY(WaitFor(fd, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return Fail(ErrorCode::kUnavailable, "sending failed: " + SystemText(errno));
    }
  }
  return {};
}

Result<size_t> Client::Connection::Receive(TimePoint deadline) {
  for (;;) {
    const size_t held = received.size();
    received.resize(held + kReadBytes);
    const ssize_t size = recv(fd, received.data() + held, kReadBytes, 0);
    const int failure = errno;
    received.resize(held + static_cast<size_t>(std::max<ssize_t>(size, 0)));
    if (size >= 0) return static_cast<size_t>(size);
    if (failure == EAGAIN || failure == EWOULDBLOCK) {
      TARN_TRY(WaitFor(fd, POLLIN, deadline));
    } else if (failure != EINTR) {
      return Fail(ErrorCode::kUnavailable, "receiving failed: " + SystemText(failure));
    }
  }
}

Result<Url> Url::Parse(std::string_view text) {
  const auto malformed = [&] { return Fail(ErrorCode::kInvalidArgument, "not a URL: " + std::string(text)); };
  if (text.starts_with("https://")) {
    return Fail(ErrorCode::kUnsupported, "https comes with the remote stores; use http:// here");
  }
  if (!text.starts_with("http://")) return malformed();
  std::string_view rest = text.substr(std::string_view("http://").size());
  Url url;
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  rest = rest.substr(0, rest.find('#'));
  if (authority.find('@') != std::string_view::npos) return malformed();
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return malformed();
    url.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
  } else {
    url.host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(url.host.size());
  }
  if (!authority.empty()) {
    const char* const end = authority.data() + authority.size();
    const auto read = std::from_chars(authority.data() + 1, end, url.port);
    if (authority.front() != ':' || read.ec != std::errc() || read.ptr != end || url.port == 0) return malformed();
  }
  if (url.host.empty()) return malformed();
  const auto is_refused = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_refused)) return malformed();
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return url;
}

namespace {

std::string RequestText(const ClientRequest& request, const Url& url) {
  std::string text = request.method + " " + url.target + " HTTP/1.1\r\n";
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(request.headers, [&](const auto& field) { return EqualHeaderName(field.first, name); });
  };
  if (!has("Host")) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    text += "Host: " + (is_ipv6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port) + "\r\n";
  }
  for (const auto& [name, value] : request.headers) text.append(name).append(": ").append(value).append("\r\n");
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (has_body && !has("Content-Length")) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text += "\r\n";
}

bool HasLineBreak(const ClientRequest& request) {
  const auto is_bad = [](std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; };
  return is_bad(request.method) || std::ranges::any_of(request.headers, [&](const auto& field) {
           return is_bad(field.first) || is_bad(field.second);
         });
}

using ResponseParser = http::response_parser<http::string_body>;

ClientResponse Convert(ResponseParser& parser) {
  auto message = parser.release();
  ClientResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    response.headers.Add({field.name_string().data(), field.name_string().size()},
                         {field.value().data(), field.value().size()});
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

Client::Client() = default;
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientResponse> Client::Do(const ClientRequest& request) {
  TARN_ASSIGN(const Url url, Url::Parse(request.url));
  if (HasLineBreak(request)) return Fail(ErrorCode::kInvalidArgument, "a request header contains a line break");
  const auto deadline = std::chrono::steady_clock::now() + request.timeout;
  const bool is_same_server = connection_ != nullptr && connection_->host == url.host && connection_->port == url.port;
  const bool is_reused = is_same_server && connection_->IsQuiet();
  if (!is_reused) {
    connection_ = std::make_unique<Connection>(url.host, url.port);
    if (auto opened = connection_->Open(deadline); !opened) {
      connection_.reset();
      return Fail(std::move(opened).error());
    }
  }
  auto response = Exchange(request, url, deadline);
  if (!response) {
    connection_.reset();
    // The server may have closed a kept connection just when this request was on its way.
    const bool is_lost = response.error().code == ErrorCode::kUnknownOutcome;
    if (is_reused && is_lost && IsIdempotent(request.method)) return Do(request);
  }
  return response;
}

Result<ClientResponse> Client::Exchange(const ClientRequest& request, const Url& url, TimePoint deadline) {
  const auto lost = [](const Error& error) {
    const bool is_late = error.code == ErrorCode::kDeadlineExceeded;
    return Fail(is_late ? error.code : ErrorCode::kUnknownOutcome, "the connection broke: " + error.message);
  };
  TARN_TRY(connection_->Send(RequestText(request, url), deadline));
  // A server that refuses early may close before it took the body; its answer is still to be read.
  const Status body_sent = connection_->Send(request.body, deadline);
  for (;;) {
    ResponseParser parser;
    parser.header_limit(kHeadLimitBytes);
    parser.body_limit(response_limit_bytes_);
    parser.eager(true);
    parser.skip(request.method == "HEAD");
    error_code ec;
    while (!parser.is_done()) {
      if (!connection_->received.empty()) {
        const size_t used = parser.put(boost::asio::buffer(connection_->received), ec);
        connection_->received.erase(0, used);
        if (ec == http::error::body_limit) {
          return Fail(ErrorCode::kResourceExhausted, "the answer is over the client's limit");
        }
        if (ec && ec != http::error::need_more) return Fail(ErrorCode::kUnavailable, "the answer is not HTTP");
        if (parser.is_done()) break;
      }
      const auto size = connection_->Receive(deadline);
      if (!size) return lost(body_sent ? size.error() : body_sent.error());
      if (*size > 0) continue;
      if (!parser.got_some()) return lost({ErrorCode::kUnknownOutcome, "the server closed it without an answer", {}});
      parser.put_eof(ec);
      if (ec) return lost({ErrorCode::kUnknownOutcome, "the answer is cut short", {}});
    }
    const bool is_kept = parser.keep_alive() && body_sent.has_value();
    ClientResponse response = Convert(parser);
    if (response.status / 100 == 1) continue;
    if (!is_kept) connection_.reset();
    return response;
  }
}

}  // namespace tarn::net
