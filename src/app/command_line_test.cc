// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/exit_codes.h"

namespace tarn::app {
namespace {

using testing::HasSubstr;

template <class Wanted>
Wanted Parsed(std::vector<std::string> words) {
  auto command = ParseCommandLine(std::move(words));
  if (!command) {
    ADD_FAILURE() << command.error().text;
    return {};
  }
  auto* wanted = std::get_if<Wanted>(&*command);
  if (wanted == nullptr) {
    ADD_FAILURE() << "another verb";
    return {};
  }
  return *wanted;
}

CommandLineAnswer Answer(std::vector<std::string> words) {
  const auto command = ParseCommandLine(std::move(words));
  EXPECT_FALSE(command.has_value());
  return command ? CommandLineAnswer{-1, {}} : command.error();
}

TEST(CommandLineTest, HelpNamesEveryVerb) {
  const auto help = Answer({"--help"});
  EXPECT_EQ(help.exit_code, kExitOk);
  for (const auto* verb :
       {"serve", "demo", "sql", "ingest", "import", "crawl", "history", "rollback", "recover", "fsck", "version"}) {
    EXPECT_THAT(help.text, HasSubstr(verb));
    EXPECT_EQ(Answer({verb, "--help"}).exit_code, kExitOk) << verb;
  }
}

TEST(CommandLineTest, NothingPrintsHelpAndIsAnError) {
  const auto answer = Answer({});
  EXPECT_EQ(answer.exit_code, kExitUsage);
  EXPECT_THAT(answer.text, HasSubstr("serve"));
}

TEST(CommandLineTest, WhatIsUnknownIsNamed) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"nonsense"}, {"serve", "--nonsense"}, {"sql", "--format", "nonsense", "SELECT 1"}}) {
    const auto answer = Answer(words);
    EXPECT_EQ(answer.exit_code, kExitUsage);
    EXPECT_THAT(answer.text, HasSubstr("nonsense"));
  }
  EXPECT_EQ(Answer({"ingest"}).exit_code, kExitUsage);
  EXPECT_EQ(Answer({"ingest", "a/b", "--ack", "later"}).exit_code, kExitUsage);
  EXPECT_EQ(Answer({"import", "a/b"}).exit_code, kExitUsage);
  EXPECT_EQ(Answer({"import", "a/b", "f", "--ack", "wal"}).exit_code, kExitUsage);
  EXPECT_EQ(Answer({"ingest", "a/b", "--batch", "0"}).exit_code, kExitUsage);
}

TEST(CommandLineTest, ServeTakesEverySettingAsAFlag) {
  std::vector<std::string> words{"serve", "--config", "tarn.yaml"};
  SettingTexts wanted;
  for (const auto& setting : Settings()) {
    words.push_back(FlagOf(setting));
    if (!setting.is_switch) words.emplace_back("text");
    wanted[std::string(setting.name)] = setting.is_switch ? "true" : "text";
  }
  const auto serve = Parsed<ServeCommand>(words);
  EXPECT_EQ(serve.config_file, "tarn.yaml");
  EXPECT_EQ(serve.flags, wanted);
  EXPECT_TRUE(Parsed<ServeCommand>({"serve"}).flags.empty());
}

TEST(CommandLineTest, RecoverAndFsckTakeTheSettingsTheyUse) {
  const auto recover = Parsed<RecoverCommand>({"recover", "--lake", "l", "--data-dir", "d", "--take-over"});
  EXPECT_EQ(recover.flags, (SettingTexts{{"lake", "l"}, {"data_dir", "d"}, {"take_over", "true"}}));
  EXPECT_EQ(Parsed<FsckCommand>({"fsck", "--lake=l"}).flags, (SettingTexts{{"lake", "l"}}));
  EXPECT_EQ(Answer({"fsck", "--listen", "127.0.0.1:0"}).exit_code, kExitUsage);
}

TEST(CommandLineTest, SqlTakesTextFormatAndServer) {
  const auto sql = Parsed<SqlCommand>({"sql", "--url", "http://h:1/", "--api-key", "k", "--format", "CSV", "SELECT 1"});
  EXPECT_EQ(sql.url, "http://h:1");
  EXPECT_EQ(sql.api_key, "k");
  EXPECT_EQ(sql.format, SqlFormat::kCsv);
  EXPECT_EQ(sql.sql, "SELECT 1");
  EXPECT_EQ(Parsed<SqlCommand>({"sql", "SELECT 1", "--lake", "dir"}).lake, "dir");
  EXPECT_EQ(Parsed<SqlCommand>({"sql"}).sql, "");
}

TEST(CommandLineTest, IngestTakesAFileEitherWay) {
  const auto by_place = Parsed<IngestCommand>({"ingest", "a/b", "lines.ndjson", "--validate", "false", "--strict"});
  EXPECT_EQ(by_place.endpoint, "a/b");
  EXPECT_EQ(by_place.file, "lines.ndjson");
  EXPECT_FALSE(by_place.validate);
  EXPECT_TRUE(by_place.strict);
  const auto by_flag = Parsed<IngestCommand>({"ingest", "a/b", "--file", "-", "--batch", "7", "--ack", "silver"});
  EXPECT_EQ(by_flag.file, "-");
  EXPECT_EQ(by_flag.batch_records, 7U);
  EXPECT_EQ(by_flag.ack, "silver");
}

TEST(CommandLineTest, DemoAndVersion) {
  EXPECT_EQ(Parsed<DemoCommand>({"demo", "--dir", "x", "--port", "9000"}).port, 9000);
  EXPECT_EQ(Answer({"demo", "--port", "70000"}).exit_code, kExitUsage);
  Parsed<VersionCommand>({"version"});
  EXPECT_EQ(Answer({"--version"}).exit_code, kExitOk);
}

}  // namespace
}  // namespace tarn::app
