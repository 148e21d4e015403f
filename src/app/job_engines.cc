// SPDX-License-Identifier: Apache-2.0
#include "app/job_engines.h"

#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "app/aws_access.h"
#include "app/version.h"
#include "base/log.h"
#include "engine/athena/athena_engine.h"
#include "table/iceberg/iceberg_state.h"

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

std::string MetadataUriOf(const table::Snapshot& snapshot) {
  if (snapshot.format != "iceberg") return {};
  return table::iceberg::StateOf(snapshot).metadata_uri;
}

}  // namespace

/// In the order of making; destroyed from the last to the first.
struct JobEngines::Athena {
  Athena(const Config& config, const Dependencies& dependencies, engine::ResultFolders& folders,
         const aws::Environment& environment, engine::AthenaSettings settings)
      : http({.ca_file = AwsCaFileOf(config, environment), .user_agent = "tarn/" + std::string(kVersion)}),
        credentials(AwsCredentialsOf(config, environment), http, dependencies.clock),
        engine({http, credentials, dependencies.clock, dependencies.randomness, folders}, std::move(settings)) {}

  net::OutboundClient http;
  aws::CredentialChain credentials;
  engine::AthenaEngine engine;
};

Result<std::unique_ptr<JobEngines>> JobEngines::Open(const Config& config, Dependencies dependencies) {
  std::unique_ptr<JobEngines> engines(new JobEngines(config, dependencies));
  if (config.athena_database.empty()) return engines;
  const auto environment = ReadAwsEnvironment();
  engine::AthenaSettings athena;
  athena.database = config.athena_database;
  athena.workgroup = config.athena_workgroup;
  athena.region = config.athena_region;
  if (athena.region.empty()) {
    TARN_ASSIGN(athena.region, AwsRegionOf(config, environment));
  }
  athena.endpoint = config.athena_endpoint;
  athena.glue_endpoint = config.athena_glue_endpoint;
  engines->athena_ = std::make_unique<Athena>(config, dependencies, engines->folders_, environment, std::move(athena));
  return engines;
}

JobEngines::~JobEngines() = default;

JobEngines::JobEngines(const Config& config, const Dependencies& dependencies)
    : folders_({dependencies.store, dependencies.randomness, RemoveFolder}),
      trino_(TrinoOf(config)),
      spark_(SparkOf(config, {folders_, dependencies.files, dependencies.notes, dependencies.randomness})) {
  if (const auto swept = folders_.Sweep(); !swept) {
    LogWarning("results left over of engines elsewhere not removed", {{"error", swept.error().ToString()}});
  }
}

gold::RemoteEngines JobEngines::remotes() {
  gold::RemoteEngines remotes{&references_, {}, MetadataUriOf};
  if (trino_) remotes.by_name[gold::JobEngine::kTrino] = trino_.get();
  if (athena_) remotes.by_name[gold::JobEngine::kAthena] = &athena_->engine;
  if (spark_) remotes.by_name[gold::JobEngine::kSpark] = spark_.get();
  return remotes;
}

}  // namespace tarn::app
