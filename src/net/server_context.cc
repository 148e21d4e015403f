// SPDX-License-Identifier: Apache-2.0
#include "net/server_context.h"

#include <algorithm>

namespace tarn::net {
namespace {

constexpr WorkerPool::Limits kDecoderLimits{.threads = 1, .queued_tasks = 256};

}  // namespace

ServerContext::ServerContext(ServerConfig server_config, Router server_router, ServerHooks server_hooks)
    : config(std::move(server_config)),
      router(std::move(server_router)),
      hooks(std::move(server_hooks)),
      allows_any_origin(std::ranges::find(config.cors_origins, "*") != config.cors_origins.end()),
      decoder("net-decode", kDecoderLimits) {}

bool ServerContext::TryReserve(size_t bytes) {
  const size_t before = in_flight_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (before + bytes <= config.in_flight_limit_bytes) return true;
  Release(bytes);
  return false;
}

void ServerContext::AddConnection() { connections_.fetch_add(1, std::memory_order_relaxed); }

void ServerContext::RemoveConnection() {
  const std::lock_guard lock(mutex_);
  if (connections_.fetch_sub(1, std::memory_order_relaxed) == 1) none_left_.notify_all();
}

bool ServerContext::WaitForNoConnections(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return none_left_.wait_for(lock, patience, [&] { return connection_count() == 0; });
}

}  // namespace tarn::net
