// SPDX-License-Identifier: Apache-2.0
#pragma once
// What all connections of one server share: configuration, routes, hooks (immutable once serving) and the counters of
// its global limits (atomic). Outlives the server as long as a responder is out. Internal to net.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "base/worker_pool.h"
#include "net/server.h"

namespace tarn::net {

class ServerContext {
 public:
  ServerContext(ServerConfig server_config, Router server_router, ServerHooks server_hooks);

  const ServerConfig config;
  const Router router;
  const ServerHooks hooks;
  const bool allows_any_origin;
  std::atomic<bool> draining{false};
  WorkerPool decoder;  ///< decompresses bodies too large for an I/O thread

  /// False when the bodies in flight would exceed the limit; nothing is counted then.
  [[nodiscard]] bool TryReserve(size_t bytes);
  void Release(size_t bytes) { in_flight_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  void AddConnection();
  void RemoveConnection();
  size_t connection_count() const { return connections_.load(std::memory_order_relaxed); }
  /// Whether the last connection was gone before `patience` was over.
  bool WaitForNoConnections(std::chrono::milliseconds patience);

 private:
  std::atomic<size_t> in_flight_bytes_{0};
  std::atomic<size_t> connections_{0};
  std::mutex mutex_;
  std::condition_variable none_left_;
};

}  // namespace tarn::net
