// SPDX-License-Identifier: Apache-2.0
#pragma once
// A workspace that is opened by its first statement: work that may turn out to need none pays for none. Inputs are kept
// until then. Thread-compatible.

#include <memory>
#include <string>
#include <vector>

#include "engine/query_engine.h"

namespace tarn::engine {

class LazyWorkspace final : public Workspace {
 public:
  /// The engine outlives it.
  explicit LazyWorkspace(QueryEngine& engine) : engine_(engine) {}

  Status AddInput(const std::string& name, BoundTablePtr table) override;
  Result<uint64_t> Execute(const std::string& sql) override;
  Result<std::unique_ptr<ResultStream>> Query(const std::string& sql) override;
  Result<table::Schema> Describe(const std::string& select) override;
  Result<std::vector<table::DataFile>> WriteParquet(const WriteRequest& request) override;
  Result<PreparedParquet> PrepareParquet(const WriteRequest& request) override;
  Result<uint64_t> Export(const ExportRequest& request) override;

 private:
  Status Open();

  QueryEngine& engine_;
  std::vector<std::pair<std::string, BoundTablePtr>> inputs_;  ///< of before it was opened
  std::unique_ptr<Workspace> opened_;
};

}  // namespace tarn::engine
