// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/command_words.h"
#include "base/ascii.h"
#include "base/time.h"
#include "base/words.h"
#include "codec/yaml.h"
#include "lake/keys.h"
#include "lake/name.h"

namespace tarn::app {
namespace {

/// Cuts of the log cost requests, and those cost money (lake.md §3.1).
constexpr std::chrono::seconds kLandOnDisk{1};
constexpr std::chrono::seconds kLandOnS3{10};
constexpr size_t kMostWebhooks = 16;

std::unexpected<Error> Bad(const std::string& what) { return Fail(ErrorCode::kInvalidArgument, what); }

Result<uint64_t> ReadCount(const std::string& text, uint64_t lowest, uint64_t highest) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < lowest || value > highest) {
    return Bad("not a number from " + std::to_string(lowest) + " to " + std::to_string(highest) + ": " + text);
  }
  return value;
}

/// "512MiB", "2GiB", "1073741824".
Result<uint64_t> ReadBytes(const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  constexpr std::array<std::pair<std::string_view, int>, 7> kUnits{
      {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"K", 10}, {"M", 20}, {"G", 30}}};
  for (const auto& [name, shift] : kUnits) {
    if (error == std::errc() && unit == name && value > 0 && value < (1ULL << 20)) return value << shift;
    if (error == std::errc() && unit.empty() && name.empty() && value > 0) return value;
  }
  return Bad("not a size such as 512MiB or 2GiB: " + text);
}

Result<bool> ReadSwitch(const std::string& text) {
  if (text == "true" || text == "yes" || text == "1" || text == "on") return true;
  if (text == "false" || text == "no" || text == "0" || text == "off") return false;
  return Bad("not true or false: " + text);
}

Status SetListen(Config& config, const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return Bad("not HOST:PORT: " + text);
  const auto port = ReadCount(text.substr(colon + 1), 0, 65'535);
  if (!port) return Bad("not HOST:PORT with a port from 0 to 65535: " + text);
  config.host = text.substr(0, colon);
  if (config.host.starts_with('[') && config.host.ends_with(']'))
    config.host = config.host.substr(1, config.host.size() - 2);
  config.port = static_cast<uint16_t>(*port);
  return {};
}

Status SetLevel(Config& config, const std::string& text) {
  constexpr Words<LogLevel, 4> kLevels{{{"debug", LogLevel::kDebug},
                                        {"info", LogLevel::kInfo},
                                        {"warning", LogLevel::kWarning},
                                        {"error", LogLevel::kError}}};
  const auto level = ValueOf(kLevels, text);
  if (!level) return Bad("not debug, info, warning or error: " + text);
  config.log_level = *level;
  return {};
}

/// "sales/orders=/srv/drop/orders, sales/items=lake:incoming/items/"
Status SetWatch(Config& config, const std::string& text) {
  constexpr std::string_view kInLake = "lake:";
  config.watch.clear();
  std::istringstream places(text);
  for (std::string part; std::getline(places, part, ',');) {
    part.erase(0, part.find_first_not_of(' '));
    while (part.ends_with(' ')) part.pop_back();
    const auto equals = part.find('=');
    const auto slash = part.find('/');
    if (equals == std::string::npos || slash == 0 || slash + 1 >= equals) {
      return Bad("not DOMAIN/TABLE=DIRECTORY or DOMAIN/TABLE=lake:PREFIX/: " + part);
    }
    WatchedPlace place{part.substr(0, slash), part.substr(slash + 1, equals - slash - 1), part.substr(equals + 1),
                       false};
    place.in_lake = place.place.starts_with(kInLake);
    if (place.in_lake) place.place.erase(0, kInLake.size());
    while (!place.in_lake && place.place.size() > 1 && place.place.ends_with('/')) place.place.pop_back();
    if (place.in_lake && (!place.place.ends_with('/') ||
                          lake::IsOwnFolder(std::string_view(place.place).substr(0, place.place.size() - 1)))) {
      return Bad("a watched prefix ends in a slash and is no folder of the lake's own: " + part);
    }
    if (!place.in_lake && !place.place.starts_with('/')) return Bad("a watched directory is an absolute path: " + part);
    config.watch.push_back(std::move(place));
  }
  return config.watch.empty() ? Status(Bad("no watched place in the list")) : Status();
}

/// "ops=https://alerts.example.com/tarn, audit=http://10.0.0.1:9000"
template <alert::Shape shape>
Status SetWebhooks(Config& config, const std::string& text) {
  std::erase_if(config.webhooks, [](const alert::Webhook& one) { return one.shape == shape; });
  std::istringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    part.erase(0, part.find_first_not_of(' '));
    while (part.ends_with(' ')) part.pop_back();
    const auto equals = part.find('=');
    alert::Webhook webhook{part.substr(0, equals), equals == std::string::npos ? "" : part.substr(equals + 1), shape};
    const auto place = webhook.url.find("://");
    const bool is_http = webhook.url.starts_with("http://") || webhook.url.starts_with("https://");
    // The URL is often a secret: it is not repeated.
    if (!lake::IsName(webhook.name)) return Bad("not NAME=URL with a snake_case name, in the list of webhooks");
    if (!is_http || place + 3 == webhook.url.size() || webhook.url.find_first_of(" \"<>\\^`{|}") != std::string::npos) {
      return Bad("not http://… or https://…, the URL of webhook " + webhook.name);
    }
    const bool is_taken =
        std::ranges::any_of(config.webhooks, [&](const auto& one) { return one.name == webhook.name; });
    if (is_taken) return Bad("two webhooks of one name: " + webhook.name);
    config.webhooks.push_back(std::move(webhook));
  }
  if (config.webhooks.size() > kMostWebhooks) return Bad("more than " + std::to_string(kMostWebhooks) + " webhooks");
  return {};
}

Status SetOrigins(Config& config, const std::string& text) {
  config.cors_origins.clear();
  std::istringstream list(text);
  for (std::string origin; std::getline(list, origin, ',');) {
    origin.erase(0, origin.find_first_not_of(' '));
    origin.erase(origin.find_last_not_of(' ') + 1);
    if (!origin.empty()) config.cors_origins.push_back(origin);
  }
  return config.cors_origins.empty() ? Status(Bad("no origin in the list")) : Status();
}

/// "http://trino.local:8080"
template <std::string Config::* member>
Status SetServer(Config& config, const std::string& text) {
  auto url = text;
  while (url.ends_with('/')) url.pop_back();
  const auto scheme = url.find("://");
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || url.size() <= scheme + 3 || url.find_first_of("/?#@ ", scheme + 3) != std::string::npos) {
    return Bad("not http://HOST:PORT or https://HOST:PORT");
  }
  config.*member = std::move(url);
  return {};
}

/// "query_max_run_time=1h, join_distribution_type=BROADCAST"
Status SetTrinoSession(Config& config, const std::string& text) {
  config.trino_session.clear();
  std::istringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    part.erase(0, part.find_first_not_of(' '));
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals == 0) return Bad("not NAME=VALUE: " + part);
    config.trino_session.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return {};
}

Status SetSparkCommand(Config& config, const std::string& text) {
  TARN_ASSIGN(config.spark_command, SplitCommand(text));
  return {};
}

template <std::string Config::* member>
Status SetText(Config& config, const std::string& text) {
  config.*member = text;
  return {};
}

Status SetTableFormat(Config& config, const std::string& text) {
  if (text != "iceberg" && text != "delta") return Bad("must be iceberg or delta");
  config.table_format = text;
  return {};
}

Status SetPathStyle(Config& config, const std::string& text) {
  if (text != "auto") {
    TARN_ASSIGN(const bool is_path, ReadSwitch(text));
    config.s3_path_style = is_path ? "true" : "false";
  } else {
    config.s3_path_style = text;
  }
  return {};
}

Status SetCache(Config& config, const std::string& text) {
  if (text == "0") {
    config.s3_cache_bytes = 0;
    return {};
  }
  TARN_ASSIGN(config.s3_cache_bytes, ReadBytes(text));
  return {};
}

template <std::chrono::milliseconds Config::* member>
Status SetDuration(Config& config, const std::string& text) {
  TARN_ASSIGN(config.*member, ParseDuration(text));
  return {};
}

template <uint64_t Config::* member>
Status SetBytes(Config& config, const std::string& text) {
  TARN_ASSIGN(config.*member, ReadBytes(text));
  return {};
}

template <uint64_t Config::* member, uint64_t highest>
Status SetCount(Config& config, const std::string& text) {
  TARN_ASSIGN(config.*member, ReadCount(text, 0, highest));
  return {};
}

template <bool Config::* member>
Status SetSwitch(Config& config, const std::string& text) {
  TARN_ASSIGN(config.*member, ReadSwitch(text));
  return {};
}

constexpr std::array kSettings{
    Setting{"lake", "directory or s3://bucket/prefix that holds the lake", SetText<&Config::lake>},
    Setting{"bronze_root", "where the lake's folder bronze lies instead, as `lake`; settled once",
            SetText<&Config::bronze_root>},
    Setting{"silver_root", "the same for silver", SetText<&Config::silver_root>},
    Setting{"gold_root", "the same for gold", SetText<&Config::gold_root>},
    Setting{"exports_root", "the same for exports", SetText<&Config::exports_root>},
    Setting{"data_dir", "this node's own directory: its log, lock and identity", SetText<&Config::data_dir>},
    Setting{"listen", "HOST:PORT to serve on; port 0 takes a free one", SetListen},
    Setting{"port_file", "file that gets the port once the server listens", SetText<&Config::port_file>},
    Setting{"public_url", "base of absolute links, when the server stands behind another",
            SetText<&Config::public_url>},
    Setting{"api_key", "key that every request must carry", SetText<&Config::api_key>},
    Setting{"cors_origins", "origins that browsers may call from, comma-separated", SetOrigins},
    Setting{"log_level", "debug, info, warning or error", SetLevel},
    Setting{"land_interval", "how often the log is cut for an endpoint that does not say",
            SetDuration<&Config::land_interval>},
    Setting{"ack_timeout", "how long ack=bronze and ack=silver wait", SetDuration<&Config::ack_timeout>},
    Setting{"query_timeout", "time limit of a query that gives none", SetDuration<&Config::query_timeout>},
    Setting{"drain_timeout", "how long a stopping server finishes requests", SetDuration<&Config::drain_timeout>},
    Setting{"body_limit", "largest request body after decompression", SetBytes<&Config::body_limit_bytes>},
    Setting{"unlanded_limit", "log bytes that may wait for bronze before requests are refused",
            SetBytes<&Config::unlanded_limit_bytes>},
    Setting{"table_format", "iceberg or delta: format of new tables whose endpoint or job names none", SetTableFormat},
    Setting{"merge_on_read",
            "false: tables that do not say it themselves are rewritten where rows change, never marked",
            SetSwitch<&Config::merge_on_read>},
    Setting{"engine_memory", "memory limit of the query engine; half of the machine's by default",
            SetBytes<&Config::engine_memory_bytes>},
    Setting{"engine_threads", "threads of the query engine; 0 = one per core", SetCount<&Config::engine_threads, 1024>},
    Setting{"engine_temp", "directory the query engine spills to", SetText<&Config::engine_temp>},
    Setting{"io_threads", "threads that serve sockets", SetCount<&Config::io_threads, 64>},
    Setting{"worker_threads", "threads for requests that block", SetCount<&Config::worker_threads, 1024>},
    Setting{"upkeep", "compact and expire tables in the background", SetSwitch<&Config::upkeep>},
    Setting{"upkeep_interval", "how often upkeep looks which tables changed", SetDuration<&Config::upkeep_interval>},
    Setting{"keep_versions", "newest versions of a table that never expire",
            SetCount<&Config::keep_versions, 1'000'000>},
    Setting{"delete_after", "how long files of expired versions wait; longer than any query and job runs",
            SetDuration<&Config::delete_after>},
    Setting{"compact_file_size", "size of the files compaction makes", SetBytes<&Config::compact_file_bytes>},
    Setting{"monitor_interval", "how long commits wait for monitors to look at them together",
            SetDuration<&Config::monitor_interval>},
    Setting{"alert_webhooks", "who is told of alerts in JSON: NAME=URL, comma-separated",
            SetWebhooks<alert::Shape::kJson>},
    Setting{"alert_slack", "who is told of alerts in the shape of Slack: NAME=URL, comma-separated",
            SetWebhooks<alert::Shape::kSlack>},
    Setting{"alert_repeat", "how often an open alert is told again; 0s = once only",
            SetDuration<&Config::alert_repeat>},
    Setting{"watch", "where files are dropped: DOMAIN/TABLE=DIRECTORY or =lake:PREFIX/, comma-separated", SetWatch},
    Setting{"watch_interval", "how often watched places are looked at", SetDuration<&Config::watch_interval>},
    Setting{"compact_files", "files of about one size that compaction waits for",
            SetCount<&Config::compact_files, 1'000>},
    Setting{"compact_by_key", "give the rows of compacted silver files the order of their key",
            SetSwitch<&Config::compact_by_key>},
    Setting{"scheduler", "run jobs at their times and after changes upstream; false: no job runs",
            SetSwitch<&Config::scheduler>},
    Setting{"dbt_projects", "folder of the dbt projects that pipelines may name", SetText<&Config::dbt_projects>},
    Setting{"take_over", "serve a lake that another node served last; its un-landed records stay on its disk",
            SetSwitch<&Config::take_over>, true},
    Setting{"supervise", "keep a parent process that restarts the serving one", SetSwitch<&Config::supervise>},
    Setting{"s3_endpoint", "URL of the S3 server; AWS by default", SetText<&Config::s3_endpoint>},
    Setting{"s3_region", "region of the bucket", SetText<&Config::s3_region>},
    Setting{"s3_access_key", "access key id; found as AWS's tools find it by default", SetText<&Config::s3_access_key>},
    Setting{"s3_secret_key", "secret access key", SetText<&Config::s3_secret_key>},
    Setting{"s3_session_token", "token of temporary keys", SetText<&Config::s3_session_token>},
    Setting{"s3_profile", "profile in AWS's files", SetText<&Config::s3_profile>},
    Setting{"s3_path_style", "true, false or auto: the bucket in the path of URLs", SetPathStyle},
    Setting{"s3_ca_file", "PEM file with the certificates to trust", SetText<&Config::s3_ca_file>},
    Setting{"s3_cache", "size of the local cache of a bucket's data files; 0 = none", SetCache},
    Setting{"trino_url", "http://HOST:PORT of the Trino server for jobs that say engine: trino",
            SetServer<&Config::trino_url>},
    Setting{"trino_user", "user at that server", SetText<&Config::trino_user>},
    Setting{"trino_password", "the user's password; needs https", SetText<&Config::trino_password>},
    Setting{"trino_catalog", "name of this lake's catalog there", SetText<&Config::trino_catalog>},
    Setting{"trino_session", "session properties there: NAME=VALUE, comma-separated", SetTrinoSession},
    Setting{"trino_ca_file", "PEM file with the certificates to trust there", SetText<&Config::trino_ca_file>},
    Setting{"spark_command", "spark-sql and its arguments, for jobs that say engine: spark", SetSparkCommand},
    Setting{"spark_catalog", "name of this lake's catalog there", SetText<&Config::spark_catalog>},
    Setting{"athena_database", "Glue's database to show tables in, for jobs that say engine: athena",
            SetText<&Config::athena_database>},
    Setting{"athena_workgroup", "workgroup of their queries", SetText<&Config::athena_workgroup>},
    Setting{"athena_region", "region of both; the bucket's by default", SetText<&Config::athena_region>},
    Setting{"athena_endpoint", "https://HOST of Athena, if not AWS's own", SetServer<&Config::athena_endpoint>},
    Setting{"athena_glue_endpoint", "https://HOST of Glue, if not AWS's own", SetServer<&Config::athena_glue_endpoint>},
};

const Setting* FindSetting(std::string_view name) {
  const auto found = std::ranges::find(kSettings, name, &Setting::name);
  return found == kSettings.end() ? nullptr : &*found;
}

/// Leaves a directory or the name of a bucket.
Status CheckPlace(std::string& place) {
  constexpr std::string_view kFile = "file://";
  if (place.starts_with(kFile)) place.erase(0, kFile.size());
  if (!place.contains("://") || IsBucket(place)) return {};
  return Fail(ErrorCode::kUnsupported, "a lake at " + place.substr(0, place.find("://")) +
                                           ":// is not in this build; give a directory or s3://bucket/prefix");
}

Status CheckWhole(Config& config) {
  if (config.lake.empty()) return Bad("no lake: give --lake DIR (or lake: in the file, or TARN_LAKE)");
  for (auto* place :
       {&config.lake, &config.bronze_root, &config.silver_root, &config.gold_root, &config.exports_root}) {
    TARN_TRY(CheckPlace(*place));
  }
  if (config.s3_access_key.empty() != config.s3_secret_key.empty()) {
    return Bad("s3_access_key and s3_secret_key belong together");
  }
  if (!config.trino_password.empty() && !config.trino_url.starts_with("https://")) {
    return Bad("trino_password needs a trino_url with https://");
  }
  if (!config.athena_database.empty() && !IsBucket(config.lake)) return Bad("athena_database needs a lake in a bucket");
  if (config.data_dir.empty())
    return Bad("no data directory: give --data-dir DIR (or data_dir: in the file, or TARN_DATA_DIR)");
  if (config.land_interval.count() == 0) {
    const auto& landing_place = config.bronze_root.empty() ? config.lake : config.bronze_root;
    config.land_interval = IsBucket(landing_place) ? kLandOnS3 : kLandOnDisk;
  }
  if (config.land_interval < std::chrono::seconds(1) || config.land_interval > std::chrono::minutes(15)) {
    return Bad("land_interval must be from 1s to 15m");
  }
  if (config.upkeep_interval < std::chrono::seconds(1)) return Bad("upkeep_interval must be at least 1s");
  if (config.keep_versions == 0) return Bad("keep_versions must be at least 1");
  if (config.delete_after <= config.query_timeout) return Bad("delete_after must be longer than query_timeout");
  if (config.monitor_interval < std::chrono::milliseconds(100)) return Bad("monitor_interval must be at least 100ms");
  if (config.alert_repeat.count() != 0 && config.alert_repeat < std::chrono::seconds(1)) {
    return Bad("alert_repeat must be 0s or at least 1s");
  }
  if (config.watch_interval < std::chrono::milliseconds(100)) return Bad("watch_interval must be at least 100ms");
  if (config.compact_files < 2) return Bad("compact_files must be at least 2");
  if (config.compact_file_bytes < (1ULL << 20)) return Bad("compact_file_size must be at least 1MiB");
  if (config.io_threads == 0 || config.worker_threads == 0)
    return Bad("io_threads and worker_threads must be at least 1");
  return {};
}

}  // namespace

std::span<const Setting> Settings() { return kSettings; }

std::string FlagOf(const Setting& setting) {
  std::string flag = "--" + std::string(setting.name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string EnvironmentNameOf(const Setting& setting) { return "TARN_" + Upper(setting.name); }

Result<SettingTexts> ReadConfigFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Fail(ErrorCode::kNotFound, "cannot read the configuration file " + path);
  std::stringstream text;
  text << file.rdbuf();
  const auto yaml = codec::ParseYaml(text.str());
  if (!yaml) return Bad(path + ": " + yaml.error().message);
  if (!yaml->is_object() && !yaml->is_null()) return Bad(path + ": not a mapping of settings");
  SettingTexts texts;
  for (const auto& [name, value] : yaml->items()) {
    if (FindSetting(name) == nullptr) return Bad(path + ": unknown setting " + name);
    if (value.is_array()) {
      std::string list;
      for (const auto& item : value)
        list += (list.empty() ? "" : ",") + (item.is_string() ? item.get<std::string>() : item.dump());
      texts[name] = list;
    } else {
      texts[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  return texts;
}

SettingTexts ReadEnvironment() {
  SettingTexts texts;
  for (const auto& setting : kSettings) {
    if (const char* value = std::getenv(EnvironmentNameOf(setting).c_str())) texts[std::string(setting.name)] = value;
  }
  return texts;
}

Result<Config> BuildConfig(const std::vector<Source>& sources) {
  Config config;
  for (const auto& source : sources) {
    for (const auto& [name, text] : source.texts) {
      const auto* setting = FindSetting(name);
      if (setting == nullptr) return Bad(source.name + ": unknown setting " + name);
      if (const auto applied = setting->apply(config, text); !applied) {
        return Bad(source.name + ": " + name + ": " + applied.error().message);
      }
    }
  }
  TARN_TRY(CheckWhole(config));
  return config;
}

}  // namespace tarn::app
