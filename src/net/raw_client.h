// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bare socket for tests that send what no well-behaved client would. For *_test.cc files only. Thread-compatible.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::net {

class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { Close(); }

  bool connected() const { return connected_; }

  /// False when the server does not take it any more.
  bool Send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      data.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void ShutdownSend() { shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  /// Everything received until `text` was seen (also more, which the next call gives first), the server closed, or ten
  /// seconds passed in silence.
  std::string ReadUntil(std::string_view text) {
    size_t found = std::string::npos;
    while ((found = received_.find(text)) == std::string::npos && Receive()) {
    }
    const size_t end = found == std::string::npos ? received_.size() : found + text.size();
    std::string taken = received_.substr(0, end);
    received_.erase(0, end);
    return taken;
  }
  /// The rest until the server closes.
  std::string ReadAll() {
    while (Receive()) {
    }
    return std::move(received_);
  }
  /// Whether anything, or the end, comes within `patience_ms`.
  bool HasNews(int patience_ms) {
    pollfd watched{fd_, POLLIN, 0};
    return poll(&watched, 1, patience_ms) > 0;
  }
  /// Whether the server closed its end, waiting for it.
  bool IsClosed() {
    while (Receive()) {
    }
    return closed_;
  }

 private:
  bool Receive() {
    static constexpr int kSilenceMs = 10'000;
    pollfd watched{fd_, POLLIN, 0};
    if (closed_ || poll(&watched, 1, kSilenceMs) <= 0) return false;
    char buffer[4096];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    closed_ = size <= 0;
    if (size > 0) received_.append(buffer, static_cast<size_t>(size));
    return size > 0;
  }

  int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

}  // namespace tarn::net
