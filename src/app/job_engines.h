// SPDX-License-Identifier: Apache-2.0
#pragma once
// The engines beside our own that jobs may name, as configured. Thread-safe; outlives the runner.

#include <memory>

#include "app/config.h"
#include "engine/duckdb/reference_finder.h"
#include "engine/trino/trino_engine.h"
#include "gold/remote_queries.h"

namespace tarn::app {

class JobEngines {
 public:
  explicit JobEngines(const Config& config);

  gold::RemoteEngines remotes();

 private:
  engine::ReferenceFinder references_;
  std::unique_ptr<engine::TrinoEngine> trino_;
};

}  // namespace tarn::app
