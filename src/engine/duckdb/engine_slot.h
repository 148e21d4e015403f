// SPDX-License-Identifier: Apache-2.0
#pragma once
// The place of the running DuckDB instance. An internal error makes an instance refuse all further work; the next
// statement then gets a new one, and what still runs keeps the old. Thread-safe.

#include <memory>
#include <mutex>

#include "engine/duckdb/engine_core.h"

namespace tarn::engine {

class EngineSlot {
 public:
  static Result<std::unique_ptr<EngineSlot>> Open(const EngineConfig& config, store::ObjectStore& store,
                                                  NameResolver& resolver);

  /// A working instance.
  Result<std::shared_ptr<EngineCore>> Core();

 private:
  EngineSlot(EngineConfig config, store::ObjectStore& store, NameResolver& resolver, std::shared_ptr<EngineCore> core);

  const EngineConfig config_;
  store::ObjectStore& store_;
  NameResolver& resolver_;
  std::mutex mutex_;
  std::shared_ptr<EngineCore> core_;  // guarded by mutex_
};

}  // namespace tarn::engine
