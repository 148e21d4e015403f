// SPDX-License-Identifier: Apache-2.0
#pragma once
// The engines beside our own that jobs may name, as configured. Thread-safe; outlives the runner.

#include <memory>

#include "app/config.h"
#include "base/random.h"
#include "engine/duckdb/reference_finder.h"
#include "engine/parquet_files.h"
#include "engine/parquet_notes.h"
#include "engine/results/result_folders.h"
#include "engine/spark/spark_engine.h"
#include "engine/trino/trino_engine.h"
#include "gold/remote_queries.h"
#include "store/object_store.h"

namespace tarn::app {

class JobEngines {
 public:
  /// All of them outlive this object.
  struct Dependencies {
    store::ObjectStore& store;
    engine::ParquetFiles& files;
    engine::ParquetNotes& notes;
    Randomness& randomness;
    Clock& clock;
  };

  /// Removes what engines left for processes that died; the lake's seat is ours. kPermissionDenied: AWS's files that
  /// name the region cannot be read.
  static Result<std::unique_ptr<JobEngines>> Open(const Config& config, Dependencies dependencies);
  ~JobEngines();

  gold::RemoteEngines remotes();

 private:
  struct Athena;

  JobEngines(const Config& config, const Dependencies& dependencies);

  engine::ReferenceFinder references_;
  engine::ResultFolders folders_;
  std::unique_ptr<engine::TrinoEngine> trino_;
  std::unique_ptr<engine::SparkEngine> spark_;
  std::unique_ptr<Athena> athena_;
};

}  // namespace tarn::app
