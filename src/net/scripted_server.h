// SPDX-License-Identifier: Apache-2.0
#pragma once
// A server that plays a script to each connection, byte by byte as the test says: for clients that must bear broken,
// slow and refusing servers. For *_test.cc files only. Connections beyond the scripts get the last argument's script,
// or are closed at once.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tarn::net {

/// One connection as the script sees it; closed when the script returns.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(fd_); }

  /// Head and body of the next request; empty when the client closed before it was whole.
  std::string ReadRequest() {
    size_t head = 0;
    while ((head = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive()) return {};
    }
    const size_t size = head + 4 + BodySize(std::string_view(received_).substr(0, head));
    while (received_.size() < size) {
      if (!Receive()) return {};
    }
    auto request = received_.substr(0, size);
    received_.erase(0, size);
    return request;
  }
  void Send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      data.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void WaitForClose() {
    while (Receive()) {
    }
  }
  /// Ends the connection, also for a script that waits on another thread.
  void Stop() { shutdown(fd_, SHUT_RDWR); }

 private:
  static size_t BodySize(std::string_view head) {
    constexpr std::string_view kField = "\r\nContent-Length: ";
    size_t size = 0;
    if (const auto at = head.find(kField); at != std::string_view::npos) {
      std::from_chars(head.data() + at + kField.size(), head.data() + head.size(), size);
    }
    return size;
  }
  bool Receive() {
    char buffer[65536];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size > 0) received_.append(buffer, static_cast<size_t>(size));
    return size > 0;
  }

  const int fd_;
  std::string received_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;

  /// The n-th connection gets the n-th script, each on a thread of its own.
  explicit ScriptedServer(std::vector<Script> scripts, Script others = nullptr)
      : scripts_(std::move(scripts)),
        others_(std::move(others)),
        listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(listener_, SOMAXCONN);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (const auto& peer : peers_) peer->Stop();
    for (auto& thread : threads_) thread.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  uint16_t port() const { return port_; }
  int connections() const { return connections_.load(); }
  std::string UrlOf(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
  }

 private:
  void Accept() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const auto number = static_cast<size_t>(connections_.fetch_add(1));
      const auto& script = number < scripts_.size() ? scripts_[number] : others_;
      if (!script) {
        close(fd);
        continue;
      }
      auto peer = std::make_shared<Peer>(fd);
      peers_.push_back(peer);
      threads_.emplace_back([script, peer] {
        script(*peer);
        peer->Stop();
      });
    }
  }

  const std::vector<Script> scripts_;
  const Script others_;
  const int listener_;
  uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread acceptor_;
  std::vector<std::shared_ptr<Peer>> peers_;  ///< of the acceptor until it ended
  std::vector<std::thread> threads_;
};

}  // namespace tarn::net
