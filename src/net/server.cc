// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>

#include "base/log.h"
#include "base/random.h"
#include "net/connection.h"

namespace tarn::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kAcceptPause{100};  // after the system had no descriptor or memory for another socket
constexpr size_t kMaxIoThreads = 32;
constexpr int kBacklog = 4096;
constexpr std::string_view kFullAnswer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 38\r\nRetry-After: 1\r\n"
    "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n{\"detail\":\"too many connections open\"}";

Status Check(const ServerConfig& config) {
  const auto refuse = [](std::string_view name) {
    return Fail(ErrorCode::kInvalidArgument, "server configuration is out of range: " + std::string(name));
  };
  if (config.io_threads == 0 || config.io_threads > kMaxIoThreads) return refuse("io_threads");
  if (config.head_limit_bytes < 1024 || config.head_limit_bytes > size_t{16} << 20) return refuse("head_limit_bytes");
  if (config.max_connections == 0) return refuse("max_connections");
  for (const auto timeout : {config.head_timeout, config.body_timeout, config.write_timeout, config.idle_timeout}) {
    if (timeout <= milliseconds(0)) return refuse("timeouts");
  }
  return {};
}

// Often enough that the shortest timeout is kept to a quarter of itself.
milliseconds SweepInterval(const ServerConfig& config) {
  const auto shortest = std::min({config.head_timeout, config.body_timeout, config.write_timeout, config.idle_timeout});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(500));
}

std::string RequestIdPrefix(Randomness& randomness) {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  uint64_t bits = randomness.Next();
  std::string prefix(7, '0');
  for (char& digit : prefix) {
    digit = kAlphabet[bits & 31];
    bits >>= 5;
  }
  return prefix;
}

Result<tcp::acceptor> Listen(asio::io_context& context, const ServerConfig& config) {
  error_code ec;
  tcp::resolver resolver(context);
  const auto addresses = resolver.resolve(config.host, std::to_string(config.port), tcp::resolver::passive, ec);
  std::string reason = ec.message();
  for (const auto& address : addresses) {
    tcp::acceptor acceptor(context);
    const bool failed = acceptor.open(address.endpoint().protocol(), ec) ||
                        acceptor.set_option(tcp::acceptor::reuse_address(true), ec) ||
                        acceptor.bind(address.endpoint(), ec) || acceptor.listen(kBacklog, ec);
    if (!failed) return acceptor;
    reason = ec.message();
  }
  return Fail(ErrorCode::kUnavailable,
              "cannot listen on " + config.host + ":" + std::to_string(config.port) + ": " + reason);
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerConfig config, Router router, ServerHooks hooks)
      : context_(std::make_shared<ServerContext>(std::move(config), std::move(router), std::move(hooks))) {
    SystemRandomness randomness;
    const milliseconds interval = SweepInterval(context_->config);
    for (size_t i = 0; i < context_->config.io_threads; ++i) {
      threads_.push_back(std::make_shared<IoThread>(RequestIdPrefix(randomness), interval));
    }
    pause_.emplace(first().context());
  }

  Status Start() {
    TARN_ASSIGN(auto acceptor, Listen(first().context(), context_->config));
    error_code ec;
    port_ = acceptor.local_endpoint(ec).port();
    acceptor_.emplace(std::move(acceptor));
    for (const auto& thread : threads_) thread->Start();
    asio::post(first().context(), [this] { Accept(); });
    return {};
  }

  void Drain(milliseconds patience) {
    const std::lock_guard lock(drain_mutex_);
    if (!acceptor_ || is_drained_) return;
    is_drained_ = true;
    context_->draining.store(true);
    asio::post(first().context(), [this] {
      error_code ignored;
      ignored = acceptor_->close(ignored);
      pause_->cancel();
    });
    OnEveryConnection([](Connection& connection) { connection.CloseIfIdle(); });
    if (!context_->WaitForNoConnections(patience)) {
      context_->decoder.Stop();
      OnEveryConnection([](Connection& connection) { connection.Abandon(); });
    }
    for (const auto& thread : threads_) thread->Join();
    context_->decoder.Stop();
  }

  uint16_t port() const { return port_; }
  size_t connection_count() const { return context_->connection_count(); }

 private:
  IoThread& first() { return *threads_.front(); }

  void OnEveryConnection(void (*visit)(Connection&)) {
    for (const auto& thread : threads_) {
      asio::post(thread->context(), [thread, visit] { thread->ForEach(visit); });
    }
  }

  void Accept() {
    const auto target = threads_[next_thread_++ % threads_.size()];
    acceptor_->async_accept(target->context(), [this, target](const error_code& ec, tcp::socket socket) {
      if (!acceptor_->is_open()) return;
      if (!ec) {
        Welcome(std::move(socket), target);
        Accept();
        return;
      }
      if (ec == asio::error::connection_aborted || ec == asio::error::try_again) {
        Accept();
        return;
      }
      LogWarning("accept failed", {{"reason", ec.message()}});
      pause_->expires_after(kAcceptPause);
      pause_->async_wait([this](const error_code& cancelled) {
        if (!cancelled && acceptor_->is_open()) Accept();
      });
    });
  }

  void Welcome(tcp::socket socket, const std::shared_ptr<IoThread>& thread) {
    error_code ec;
    if (socket.non_blocking(true, ec)) return;
    if (context_->connection_count() >= context_->config.max_connections) {
      socket.write_some(asio::buffer(kFullAnswer), ec);
      ec = socket.shutdown(tcp::socket::shutdown_send, ec);
      return;
    }
    ec = socket.set_option(tcp::no_delay(true), ec);
    context_->AddConnection();
    auto connection = std::make_shared<Connection>(std::move(socket), thread, context_);
    if (thread->IsCurrent()) {
      Connection::Start(std::move(connection));
    } else {
      asio::post(thread->context(), [connection = std::move(connection)] { Connection::Start(connection); });
    }
  }

  const std::shared_ptr<ServerContext> context_;
  std::vector<std::shared_ptr<IoThread>> threads_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  size_t next_thread_ = 0;
  uint16_t port_ = 0;
  std::mutex drain_mutex_;
  bool is_drained_ = false;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { impl_->Drain(milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::Start(ServerConfig config, Router router, ServerHooks hooks) {
  TARN_TRY(Check(config));
  config.in_flight_limit_bytes = std::max(config.in_flight_limit_bytes, config.body_limit_bytes);
  try {
    auto impl = std::make_unique<Impl>(std::move(config), std::move(router), std::move(hooks));
    TARN_TRY(impl->Start());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kUnavailable, std::string("cannot start the server: ") + error.what());
  }
}

uint16_t Server::port() const { return impl_->port(); }
size_t Server::connection_count() const { return impl_->connection_count(); }
void Server::Drain(milliseconds patience) { impl_->Drain(patience); }

}  // namespace tarn::net
