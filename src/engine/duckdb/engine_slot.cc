// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/engine_slot.h"

#include "base/log.h"

namespace tarn::engine {

EngineSlot::EngineSlot(EngineConfig config, store::ObjectStore& store, NameResolver& resolver,
                       std::shared_ptr<EngineCore> core)
    : config_(std::move(config)), store_(store), resolver_(resolver), core_(std::move(core)) {}

Result<std::unique_ptr<EngineSlot>> EngineSlot::Open(const EngineConfig& config, store::ObjectStore& store,
                                                     NameResolver& resolver) {
  TARN_ASSIGN(auto core, EngineCore::Open(config, store, resolver));
  return std::unique_ptr<EngineSlot>(new EngineSlot(config, store, resolver, std::move(core)));
}

Result<std::shared_ptr<EngineCore>> EngineSlot::Core() {
  const std::lock_guard lock(mutex_);
  if (core_->IsInvalidated()) {
    LogError("query engine failed, starting a new instance");
    TARN_ASSIGN(core_, EngineCore::Open(config_, store_, resolver_));
  }
  return core_;
}

}  // namespace tarn::engine
