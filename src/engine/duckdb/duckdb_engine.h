// SPDX-License-Identifier: Apache-2.0
#pragma once
// The QueryEngine on an embedded, locked-down DuckDB (http-api.md §7, lake.md §8). Reads only what NameResolver and the
// object store give it. Thread-safe; streams and workspaces keep what they need of it alive.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/names.h"
#include "engine/query_engine.h"
#include "store/object_store.h"

namespace tarn::engine {

struct EngineConfig {
  uint64_t memory_limit_bytes = 1ULL << 30;
  uint32_t threads = 2;
  std::string temp_directory;  ///< an own, writable folder for spilling; created when needed
  uint64_t max_temp_bytes = 10ULL << 30;
};

class EngineSlot;

class DuckDbEngine final : public QueryEngine {
 public:
  /// `store` and `resolver` outlive the engine and everything it gave out. kFailedPrecondition when the loaded DuckDB
  /// is not the build this program was compiled for.
  static Result<std::unique_ptr<DuckDbEngine>> Open(const EngineConfig& config, store::ObjectStore& store,
                                                    NameResolver& resolver);
  ~DuckDbEngine() override;
  DuckDbEngine(const DuckDbEngine&) = delete;
  DuckDbEngine& operator=(const DuckDbEngine&) = delete;

  Result<StatementInfo> Classify(const std::string& sql) override;
  Result<QueryLineage> Lineage(const std::string& sql) override;
  Result<std::unique_ptr<ResultStream>> Query(const QueryRequest& request) override;
  Result<std::unique_ptr<Workspace>> OpenWorkspace(const WorkspaceOptions& options) override;
  Result<PreparedParquet> PrepareRows(const RowWriteRequest& request) override;

 private:
  explicit DuckDbEngine(std::unique_ptr<EngineSlot> slot);
  std::unique_ptr<EngineSlot> slot_;
};

}  // namespace tarn::engine
