// SPDX-License-Identifier: Apache-2.0
#include "app/job_engines.h"

#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "base/log.h"

namespace tarn::app {
namespace {

/// Of directories; buckets have no folders.
void RemoveFolder(const std::string& path) {
  if (IsBucket(path)) return;
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

/// What Spark needs of the environment is the operator's to say; our settings, keys among them, are not for it.
std::vector<std::string> EnvironmentWithoutOurs() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("TARN_")) variables.emplace_back(*variable);
  }
  return variables;
}

std::unique_ptr<engine::TrinoEngine> TrinoOf(const Config& config) {
  if (config.trino_url.empty()) return nullptr;
  engine::TrinoSettings trino{.url = config.trino_url};
  trino.user = config.trino_user;
  trino.password = config.trino_password;
  trino.catalog = config.trino_catalog;
  trino.session = config.trino_session;
  trino.ca_file = config.trino_ca_file;
  return std::make_unique<engine::TrinoEngine>(std::move(trino));
}

std::unique_ptr<engine::SparkEngine> SparkOf(const Config& config, engine::SparkEngine::Dependencies dependencies) {
  const auto scratch = config.data_dir + "/spark";
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  if (config.spark_command.empty()) return nullptr;
  engine::SparkSettings spark;
  spark.command = config.spark_command;
  spark.catalog = config.spark_catalog;
  spark.environment = EnvironmentWithoutOurs();
  spark.scratch = scratch;
  return std::make_unique<engine::SparkEngine>(dependencies, std::move(spark));
}

}  // namespace

JobEngines::JobEngines(const Config& config, store::ObjectStore& store, engine::DuckDbParquetFiles& parquet,
                       Randomness& randomness)
    : folders_({store, randomness, RemoveFolder}),
      trino_(TrinoOf(config)),
      spark_(SparkOf(config, {folders_, parquet, parquet, randomness})) {
  if (const auto swept = folders_.Sweep(); !swept) {
    LogWarning("results left over of engines elsewhere not removed", {{"error", swept.error().ToString()}});
  }
}

gold::RemoteEngines JobEngines::remotes() {
  gold::RemoteEngines remotes{&references_, {}};
  if (trino_) remotes.by_name[gold::JobEngine::kTrino] = trino_.get();
  if (spark_) remotes.by_name[gold::JobEngine::kSpark] = spark_.get();
  return remotes;
}

}  // namespace tarn::app
