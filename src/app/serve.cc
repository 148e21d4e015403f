// SPDX-License-Identifier: Apache-2.0
#include "app/serve.h"

#include <signal.h>
#include <sys/mman.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "api/iceberg_rest/rest_routes.h"
#include "api/routes.h"
#include "app/complaint.h"
#include "app/exit_codes.h"
#include "app/heap_limits.h"
#include "app/lake_node.h"
#include "app/supervisor.h"
#include "net/server.h"

namespace tarn::app {
namespace {

/// Says on standard error what a person must do, besides the log line.
int Report(std::string_view what, const Error& error) {
  LogError(what, {{"error", error.ToString()}});
  std::fprintf(stderr, "tarn: %.*s: %s\n", static_cast<int>(what.size()), what.data(), error.message.c_str());
  return ExitCodeOf(error);
}

/// Signals that end the process are waited for by one thread; those of a full or closed peer are errors of their calls.
sigset_t BlockSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  return stop;
}

net::ServerHooks MetricHooks(MetricRegistry& metrics) {
  auto& seconds = metrics.GetHistogram("tarn_http_request_seconds", "time from request head to answer");
  std::array<Counter*, 6> by_class{};
  for (size_t i = 0; i < by_class.size(); ++i) {
    by_class[i] =
        &metrics.GetCounter("tarn_http_requests_total", "answered requests", "status=\"" + std::to_string(i) + "xx\"");
  }
  net::ServerHooks hooks;
  hooks.on_response = [&seconds, by_class](const net::ResponseRecord& record) {
    by_class[static_cast<size_t>(record.status / 100) % by_class.size()]->Add();
    seconds.Observe(std::chrono::duration<double>(record.duration).count());
  };
  return hooks;
}

Status WritePortFile(const std::string& path, uint16_t port) {
  if (path.empty()) return {};
  const auto temp = path + ".new";
  {
    std::ofstream file(temp);
    file << port << "\n";
    if (!file.flush()) return Fail(ErrorCode::kUnavailable, "cannot write the port file " + path);
  }
  if (std::rename(temp.c_str(), path.c_str()) != 0)
    return Fail(ErrorCode::kUnavailable, "cannot write the port file " + path);
  return {};
}

/// A number that the supervisor and its serving processes share, so that a restarted one listens where clients know it.
class SharedPort {
 public:
  SharedPort() : page_(mmap(nullptr, sizeof(uint16_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
  ~SharedPort() {
    if (page_ != MAP_FAILED) munmap(page_, sizeof(uint16_t));
  }
  SharedPort(const SharedPort&) = delete;
  SharedPort& operator=(const SharedPort&) = delete;

  uint16_t Get() const { return page_ == MAP_FAILED ? uint16_t{0} : *static_cast<uint16_t*>(page_); }
  void Set(uint16_t port) {
    if (page_ != MAP_FAILED) *static_cast<uint16_t*>(page_) = port;
  }

 private:
  void* page_;
};

int ServeHere(const Config& config, SharedPort& bound) {
  const auto stop_signals = BlockSignals();
  auto node = LakeNode::Open(config);
  if (!node) return Report("cannot open the lake", node.error());
  auto& services = (*node)->services();
  if (const auto started = (*node)->StartBackground(); !started) return Report("cannot start", started.error());
  net::ServerConfig server_config;
  server_config.host = config.host;
  server_config.port = config.port != 0 ? config.port : bound.Get();
  server_config.io_threads = config.io_threads;
  server_config.body_limit_bytes = config.body_limit_bytes;
  server_config.cors_origins = config.cors_origins;
  auto router = api::MakeRouter(services);
  api::iceberg_rest::AddRestRoutes(router, services);
  auto server = net::Server::Start(server_config, std::move(router), MetricHooks(services.metrics));
  if (!server) return Report("cannot listen", server.error());
  bound.Set((*server)->port());
  if (const auto written = WritePortFile(config.port_file, (*server)->port()); !written)
    return Report("cannot start", written.error());
  LogInfo("serving", {{"host", config.host}, {"port", (*server)->port()}, {"lake", config.lake}});
  int received = 0;
  sigwait(&stop_signals, &received);
  LogInfo("stopping", {{"signal", received}});
  (*server)->Drain(config.drain_timeout);
  (*node)->Close();
  LogInfo("stopped");
  return kExitOk;
}

}  // namespace

int Serve(const Config& config) {
  SetLogLevel(config.log_level);
  LimitIdleHeap();
  SharedPort bound;
  if (!config.supervise) return ServeHere(config, bound);
  return Supervise([&] { return ServeHere(config, bound); });
}

}  // namespace tarn::app
