// SPDX-License-Identifier: Apache-2.0
#pragma once
// The engines beside our own that jobs may name, as configured. Thread-safe; outlives the runner.

#include <memory>

#include "app/config.h"
#include "base/random.h"
#include "engine/duckdb/parquet_files.h"
#include "engine/duckdb/reference_finder.h"
#include "engine/results/result_folders.h"
#include "engine/spark/spark_engine.h"
#include "engine/trino/trino_engine.h"
#include "gold/remote_queries.h"
#include "store/object_store.h"

namespace tarn::app {

class JobEngines {
 public:
  /// Removes what engines left for processes that died; the lake's seat is ours. What it is given outlives it.
  JobEngines(const Config& config, store::ObjectStore& store, engine::DuckDbParquetFiles& parquet,
             Randomness& randomness);

  gold::RemoteEngines remotes();

 private:
  engine::ReferenceFinder references_;
  engine::ResultFolders folders_;
  std::unique_ptr<engine::TrinoEngine> trino_;
  std::unique_ptr<engine::SparkEngine> spark_;
};

}  // namespace tarn::app
