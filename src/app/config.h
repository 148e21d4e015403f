// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program's configuration: one table of settings that a YAML file, TARN_* environment variables and flags fill
// alike (docs/guide/configure.md). Flags win over the environment, the environment over the file. Plain value once
// read.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alert/webhook.h"
#include "base/log.h"
#include "base/result.h"

namespace tarn::app {

/// Where files are dropped for an endpoint.
struct WatchedPlace {
  std::string domain;
  std::string table;
  std::string place;     ///< a directory, or with `in_lake` a key prefix of the lake's store
  bool in_lake = false;  ///< the files lie there already

  bool operator==(const WatchedPlace&) const = default;
};

struct Config {
  std::string lake;
  std::string bronze_root;  ///< where the layer lies when not in `lake`: a directory or a bucket, settled once
  std::string silver_root;
  std::string gold_root;
  std::string exports_root;
  std::string data_dir;
  std::string host = "127.0.0.1";
  uint16_t port = 8080;
  std::string port_file;
  std::string public_url;
  std::string api_key;
  std::vector<std::string> cors_origins{"*"};
  LogLevel log_level = LogLevel::kInfo;
  std::chrono::milliseconds land_interval{0};  ///< 0 = what fits the lake's store
  std::string table_format = "iceberg";        ///< of endpoints and jobs that name none: iceberg or delta
  bool merge_on_read = true;
  std::chrono::milliseconds ack_timeout{30'000};
  std::chrono::milliseconds query_timeout{60'000};
  std::chrono::milliseconds drain_timeout{10'000};
  uint64_t body_limit_bytes = 32ULL << 20;
  uint64_t unlanded_limit_bytes = 1ULL << 30;
  uint64_t engine_memory_bytes = 0;  ///< 0 = half of the machine's
  uint64_t engine_threads = 0;       ///< 0 = one per core
  std::string engine_temp;           ///< empty = {data_dir}/tmp
  uint64_t io_threads = 1;
  uint64_t worker_threads = 8;
  bool upkeep = true;
  std::chrono::milliseconds upkeep_interval{60'000};
  std::chrono::milliseconds delete_after = std::chrono::minutes(65);  ///< beyond the longest query and job
  uint64_t keep_versions = 100;
  uint64_t compact_file_bytes = 128ULL << 20;
  uint64_t compact_files = 8;
  bool compact_by_key = false;
  bool scheduler = true;
  std::string dbt_projects;  ///< folder of the dbt projects that pipelines may name; empty: none
  std::chrono::milliseconds monitor_interval{10'000};
  std::vector<alert::Webhook> webhooks{};                           ///< told of alerts
  std::chrono::milliseconds alert_repeat = std::chrono::hours(24);  ///< 0 = alerts are told once
  std::vector<WatchedPlace> watch{};
  std::chrono::milliseconds watch_interval{5'000};
  bool take_over = false;
  bool supervise = true;
  // Of a lake in a bucket; what is empty here is looked for in AWS's own variables and files.
  std::string s3_endpoint;
  std::string s3_region;
  std::string s3_access_key;
  std::string s3_secret_key;
  std::string s3_session_token;
  std::string s3_profile;
  std::string s3_path_style = "auto";  ///< auto, true or false
  std::string s3_ca_file;
  uint64_t s3_cache_bytes = 4ULL << 30;  ///< 0 = none
  // Of the Trino server that jobs with `engine: trino` run on; no URL = none.
  std::string trino_url;
  std::string trino_user = "tarn";
  std::string trino_password;
  std::string trino_catalog = "tarn";  ///< as that server calls the lake
  std::vector<std::pair<std::string, std::string>> trino_session;
  std::string trino_ca_file;
  // Of the Spark that jobs with `engine: spark` run on; no command = none.
  std::vector<std::string> spark_command;
  std::string spark_catalog = "tarn";  ///< as Spark calls the lake
  // Of the Athena that jobs with `engine: athena` run on; no database = none. Credentials are the bucket's.
  std::string athena_database;  ///< of Glue's, in which the tables that are read are registered
  std::string athena_workgroup = "primary";
  std::string athena_region;         ///< empty = the bucket's
  std::string athena_endpoint;       ///< empty = AWS's own
  std::string athena_glue_endpoint;  ///< the same
};

inline constexpr std::string_view kS3Scheme = "s3://";

/// Whether a lake's name is that of a bucket.
inline bool IsBucket(std::string_view lake) { return lake.starts_with(kS3Scheme); }

/// One setting: name as in the file (`data_dir`), flag (`--data-dir`), environment (`TARN_DATA_DIR`).
struct Setting {
  std::string_view name;
  std::string_view help;
  Status (*apply)(Config& config, const std::string& text);
  bool is_switch = false;  ///< a flag without a value
};

std::span<const Setting> Settings();

std::string FlagOf(const Setting& setting);
std::string EnvironmentNameOf(const Setting& setting);

/// Texts by setting name, from one source.
using SettingTexts = std::map<std::string, std::string, std::less<>>;

/// Reads a configuration file; kInvalidArgument names an unknown key or broken YAML, kNotFound a missing file.
Result<SettingTexts> ReadConfigFile(const std::string& path);

/// TARN_* variables that are settings.
SettingTexts ReadEnvironment();

/// Applies sources in order (later ones win) and checks the whole; errors name the setting and where it came from.
struct Source {
  std::string name;  ///< "tarn.yaml", "the environment", "the command line"
  SettingTexts texts;
};
Result<Config> BuildConfig(const std::vector<Source>& sources);

}  // namespace tarn::app
