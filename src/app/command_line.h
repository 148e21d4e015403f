// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command line of `tarn`: which verb, with which options (docs/guide/operate.md). Parsing is a pure function; only
// RunCommandLine reads the environment and acts.

#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "app/config.h"
#include "app/verb_crawl.h"
#include "app/verb_dbt.h"
#include "app/verb_demo.h"
#include "app/verb_erase.h"
#include "app/verb_history.h"
#include "app/verb_import.h"
#include "app/verb_trace.h"
#include "app/verb_ingest.h"
#include "app/verb_pipeline.h"
#include "app/verb_register.h"
#include "app/verb_sql.h"
#include "app/verb_upkeep.h"

namespace tarn::app {

/// Options of verbs that open a lake themselves: the settings given as flags, and the file for the others.
struct LakeCommand {
  std::string config_file;
  SettingTexts flags;
};

struct ServeCommand : LakeCommand {};
struct RecoverCommand : LakeCommand {};
struct FsckCommand : LakeCommand {};
struct VersionCommand {};

using Command = std::variant<ServeCommand, DemoCommand, SqlCommand, IngestCommand, ImportCommand, CrawlCommand,
                             HistoryCommand, TraceCommand, EraseCommand, RollbackCommand, UpkeepCommand,
                             RegisterCommand, DbtCommand, PipelineCommand, RecoverCommand, FsckCommand, VersionCommand>;

/// What to say instead of running a verb: help, or what is wrong with the command line.
struct CommandLineAnswer {
  int exit_code = 0;
  std::string text;
};

/// Reads the words behind the program's name.
std::expected<Command, CommandLineAnswer> ParseCommandLine(std::vector<std::string> words);

/// Runs the verb and returns the exit code (app/exit_codes.h).
int RunCommandLine(int argc, char** argv);

}  // namespace tarn::app
