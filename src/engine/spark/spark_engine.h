// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs' queries on Spark, which reads the lake through its Iceberg catalog: one spark-sql process for each query, that
// leaves the rows as Parquet files in a result folder (docs/adr/0027). Thread-safe.

#include <string>
#include <vector>

#include "engine/parquet_files.h"
#include "engine/parquet_notes.h"
#include "engine/remote_engine.h"
#include "engine/results/result_folders.h"

namespace tarn::engine {

struct SparkSettings {
  std::vector<std::string> command;        ///< spark-sql and its arguments
  std::string catalog = "tarn";            ///< of Spark's, the one that stands for this lake
  std::vector<std::string> environment{};  ///< of the process: NAME=VALUE
  std::string scratch;                     ///< local directory for what a process needs besides; made when absent
};

class SparkEngine final : public RemoteEngine {
 public:
  /// All of them outlive the engine and what its queries gave.
  struct Dependencies {
    ResultFolders& folders;
    ParquetFiles& files;
    ParquetNotes& notes;
    Randomness& randomness;
  };

  SparkEngine(Dependencies dependencies, SparkSettings settings)
      : dependencies_(dependencies), settings_(std::move(settings)) {}

  std::string TableText(const RemoteTable& table) const override;
  std::string TimeText(Timestamp at, bool with_zone) const override;

  /// Returns when the process has ended. kFailedPrecondition: it cannot be started as configured.
  Result<std::shared_ptr<RowSource>> Query(const RemoteQuery& query) override;

 private:
  Status RunScript(const RemoteQuery& query, const std::string& folder_uri);
  Result<std::shared_ptr<RowSource>> ReadBack(std::shared_ptr<ResultFolder> folder);

  const Dependencies dependencies_;
  const SparkSettings settings_;
};

}  // namespace tarn::engine
