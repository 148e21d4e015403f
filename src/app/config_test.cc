// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/result_matchers.h"

namespace tarn::app {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

const SettingTexts kNeeded{{"lake", "/srv/lake"}, {"data_dir", "/srv/data"}};

/// A configuration with one more setting, from "the test".
Result<Config> With(const std::string& name, const std::string& text) {
  return BuildConfig({{"needed", kNeeded}, {"the test", {{name, text}}}});
}

class ConfigFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tarn-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& text) {
    const auto path = (folder_ / "tarn.yaml").string();
    std::ofstream(path) << text;
    return path;
  }

  std::filesystem::path folder_;
};

TEST(ConfigTest, NamesOfASettingFollowFromOne) {
  for (const auto& setting : Settings()) {
    const std::string name(setting.name);
    EXPECT_TRUE(FlagOf(setting).starts_with("--")) << name;
    EXPECT_EQ(FlagOf(setting).find('_'), std::string::npos) << name;
    EXPECT_TRUE(EnvironmentNameOf(setting).starts_with("TARN_")) << name;
    EXPECT_FALSE(setting.help.empty()) << name;
  }
}

struct Case {
  std::string name;
  std::string good;
  std::string bad;  ///< empty = takes any text
};

std::vector<Case> CasesOfAllSettings() {
  return {{"lake", "/x", ""},
          {"bronze_root", "s3://raw", ""},
          {"silver_root", "/x", ""},
          {"gold_root", "file:///x", ""},
          {"exports_root", "s3://files/out", ""},
          {"data_dir", "/x", ""},
          {"listen", "0.0.0.0:0", "0.0.0.0"},
          {"port_file", "p", ""},
          {"public_url", "https://lake.example.org", ""},
          {"api_key", "k", ""},
          {"cors_origins", "https://a.example.org, https://b.example.org", " , "},
          {"log_level", "warning", "loud"},
          {"land_interval", "15m", "16m"},
          {"ack_timeout", "5s", "soon"},
          {"query_timeout", "1h", "-1s"},
          {"drain_timeout", "500ms", "500"},
          {"body_limit", "64MiB", "64 apples"},
          {"unlanded_limit", "1073741824", "0"},
          {"engine_memory", "2GiB", "2GB"},
          {"engine_threads", "0", "-1"},
          {"engine_temp", "/tmp/x", ""},
          {"io_threads", "2", "0"},
          {"worker_threads", "16", "many"},
          {"upkeep", "off", "2"},
          {"upkeep_interval", "5s", "often"},
          {"keep_versions", "10", "none"},
          {"delete_after", "2h", "later"},
          {"compact_file_size", "64MiB", "64MB"},
          {"watch", "a/b=/srv/drop, a/c=lake:in/", "a/b=lake:bronze/"},
          {"watch_interval", "1s", "1ms"},
          {"monitor_interval", "1s", "1ms"},
          {"alert_webhooks", "ops=https://a.example.org/x, audit=http://10.0.0.1:9", "ops"},
          {"alert_slack", "team=https://hooks.example.org/x", "team=ftp://x"},
          {"alert_repeat", "1h", "1ms"},
          {"compact_files", "4", "many"},
          {"compact_by_key", "true", "maybe"},
          {"scheduler", "false", "maybe"},
          {"dbt_projects", "/srv/dbt", ""},
          {"take_over", "true", "maybe"},
          {"table_format", "delta", "parquet"},
          {"merge_on_read", "true", "maybe"},
          {"supervise", "off", "2"},
          {"s3_endpoint", "http://127.0.0.1:7070", ""},
          {"s3_region", "eu-west-1", ""},
          {"s3_access_key", "", ""},
          {"s3_secret_key", "", ""},
          {"s3_session_token", "x", ""},
          {"s3_profile", "work", ""},
          {"s3_path_style", "true", "perhaps"},
          {"s3_ca_file", "/x.pem", ""},
          {"s3_cache", "0", "-1"},
          {"trino_url", "https://trino.example.org:8443/", "trino.example.org"},
          {"trino_user", "ada", ""},
          {"trino_password", "", ""},
          {"trino_catalog", "lake", ""},
          {"trino_session", "a=1, b=2", "a"},
          {"trino_ca_file", "/x.pem", ""},
          {"spark_command", "spark-sql --master 'local[2]'", "spark-sql 'x"},
          {"spark_catalog", "lake", ""},
          {"athena_database", "", ""},
          {"athena_workgroup", "jobs", ""},
          {"athena_region", "eu-west-1", ""},
          {"athena_endpoint", "https://athena.example.org/", "athena.example.org"},
          {"athena_glue_endpoint", "http://127.0.0.1:9", "glue"}};
}

TEST(ConfigTest, EverySettingTakesAGoodTextAndRefusesABadOne) {
  const auto cases = CasesOfAllSettings();
  EXPECT_EQ(cases.size(), Settings().size());
  for (const auto& [name, good, bad] : cases) {
    EXPECT_THAT(With(name, good), IsOk()) << name;
    if (bad.empty()) continue;
    const auto refused = With(name, bad);
    ASSERT_THAT(refused, ErrorIs(ErrorCode::kInvalidArgument)) << name;
    EXPECT_THAT(refused.error().message, HasSubstr(name));
  }
}

TEST(ConfigTest, AthenaNeedsALakeInABucket) {
  EXPECT_THAT(With("athena_database", "lake_db"), ErrorIs(ErrorCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(
      const auto config,
      BuildConfig({{"x", {{"lake", "s3://b/l"}, {"data_dir", "/d"}, {"athena_database", "lake_db"}}}}));
  EXPECT_EQ(config.athena_database, "lake_db");
  EXPECT_EQ(config.athena_workgroup, "primary");
}

TEST(ConfigTest, TextsBecomeValues) {
  ASSERT_OK_AND_ASSIGN(const auto listen, With("listen", "[::1]:9090"));
  EXPECT_EQ(listen.host, "::1");
  EXPECT_EQ(listen.port, 9090);
  ASSERT_OK_AND_ASSIGN(const auto origins, With("cors_origins", "https://a.example.org, https://b.example.org"));
  EXPECT_EQ(origins.cors_origins, (std::vector<std::string>{"https://a.example.org", "https://b.example.org"}));
  ASSERT_OK_AND_ASSIGN(const auto bytes, With("body_limit", "512KiB"));
  EXPECT_EQ(bytes.body_limit_bytes, 512U << 10);
  ASSERT_OK_AND_ASSIGN(const auto duration, With("land_interval", "90s"));
  EXPECT_EQ(duration.land_interval, milliseconds(90'000));
  ASSERT_OK_AND_ASSIGN(const auto spark, With("spark_command", "spark-sql --conf 'a=b c'"));
  EXPECT_EQ(spark.spark_command, (std::vector<std::string>{"spark-sql", "--conf", "a=b c"}));
  ASSERT_OK_AND_ASSIGN(const auto off, With("supervise", "no"));
  EXPECT_FALSE(off.supervise);
}

TEST(ConfigTest, LaterSourcesWinAndErrorsNameTheirSource) {
  ASSERT_OK_AND_ASSIGN(const auto config, BuildConfig({{"tarn.yaml", {{"lake", "/file"}, {"api_key", "file"}}},
                                                       {"the environment", {{"api_key", "env"}, {"data_dir", "/env"}}},
                                                       {"the command line", {{"data_dir", "/flag"}}}}));
  EXPECT_EQ(config.lake, "/file");
  EXPECT_EQ(config.api_key, "env");
  EXPECT_EQ(config.data_dir, "/flag");
  const auto bad = BuildConfig({{"needed", kNeeded}, {"the environment", {{"io_threads", "x"}}}});
  ASSERT_THAT(bad, ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(bad.error().message, HasSubstr("the environment: io_threads"));
}

TEST(ConfigTest, LakeAndDataDirectoryAreNeeded) {
  EXPECT_THAT(BuildConfig({}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(BuildConfig({{"a", {{"lake", "/x"}}}}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(BuildConfig({{"a", {{"data_dir", "/x"}}}}), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(ConfigTest, LakesElsewhereAreUnsupportedAndFileUrlsArePaths) {
  EXPECT_THAT(With("lake", "gs://bucket/prefix"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(With("silver_root", "gs://bucket/prefix"), ErrorIs(ErrorCode::kUnsupported));
  ASSERT_OK_AND_ASSIGN(const auto config, With("lake", "file:///srv/lake"));
  EXPECT_EQ(config.lake, "/srv/lake");
}

TEST(ConfigTest, LakesInBucketsAreCutLessOften) {
  ASSERT_OK_AND_ASSIGN(const auto on_disk, With("lake", "/srv/lake"));
  EXPECT_EQ(on_disk.land_interval, milliseconds(1'000));
  ASSERT_OK_AND_ASSIGN(const auto on_s3, With("lake", "s3://bucket/prefix"));
  EXPECT_EQ(on_s3.land_interval, milliseconds(10'000));
  ASSERT_OK_AND_ASSIGN(
      const auto told,
      BuildConfig({{"needed", kNeeded}, {"the test", {{"lake", "s3://bucket"}, {"land_interval", "2s"}}}}));
  EXPECT_EQ(told.land_interval, milliseconds(2'000));
}

TEST(ConfigTest, HalfAPairOfKeysIsRefused) {
  EXPECT_THAT(With("s3_access_key", "key"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(With("s3_secret_key", "secret"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(ConfigFileTest, ReadsScalarsAndLists) {
  ASSERT_OK_AND_ASSIGN(
      const auto texts,
      ReadConfigFile(Write("lake: /srv/lake\nio_threads: 2\ntake_over: true\ncors_origins: [\"a\", \"b\"]\n")));
  EXPECT_EQ(texts,
            (SettingTexts{{"lake", "/srv/lake"}, {"io_threads", "2"}, {"take_over", "true"}, {"cors_origins", "a,b"}}));
}

TEST_F(ConfigFileTest, AnEmptyFileSaysNothing) {
  ASSERT_OK_AND_ASSIGN(const auto texts, ReadConfigFile(Write("")));
  EXPECT_TRUE(texts.empty());
}

TEST_F(ConfigFileTest, UnknownSettingsBrokenTextAndMissingFilesAreNamed) {
  for (const auto* text : {"nonsense_key: 1\n", "a: b: c\n", "- x\n"}) {
    const auto refused = ReadConfigFile(Write(text));
    ASSERT_THAT(refused, ErrorIs(ErrorCode::kInvalidArgument)) << text;
    EXPECT_THAT(refused.error().message, HasSubstr("tarn.yaml")) << text;
  }
  EXPECT_THAT(ReadConfigFile((folder_ / "none.yaml").string()), ErrorIs(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace tarn::app
