// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <signal.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "app/complaint.h"
#include "app/exit_codes.h"
#include "app/serve.h"
#include "app/verb_fsck.h"
#include "app/verb_recover.h"
#include "app/version.h"
#include "base/crash_point.h"

namespace tarn::app {
namespace {

/// Settings that verbs other than serve know, besides those of a bucket.
constexpr std::array<std::string_view, 6> kRecoverSettings{"lake",          "data_dir",       "take_over",
                                                           "engine_memory", "engine_threads", "log_level"};
constexpr std::array<std::string_view, 6> kFsckSettings{"lake",           "data_dir",    "engine_memory",
                                                        "engine_threads", "engine_temp", "log_level"};

/// A verb under construction: its options write into `command`.
struct Verbs {
  ServeCommand serve;
  DemoCommand demo;
  SqlCommand sql;
  IngestCommand ingest;
  ImportCommand import;
  CrawlCommand crawl;
  UpkeepCommand upkeep;
  DbtCommand dbt;
  PipelineCommand pipeline;
  RegisterCommand registering;
  HistoryCommand history;
  TraceCommand trace;
  EraseCommand erase;
  RollbackCommand rollback;
  RecoverCommand recover;
  FsckCommand fsck;
};

template <class Wanted>
void AddSettings(CLI::App& verb, LakeCommand& command, Wanted&& wanted) {
  verb.add_option("--config", command.config_file, "YAML file with settings; flags and TARN_* variables win over it")
      ->type_name("FILE");
  for (const auto& setting : Settings()) {
    if (!wanted(setting.name)) continue;
    const std::string name(setting.name);
    const std::string help(setting.help);
    if (setting.is_switch) {
      verb.add_flag_function(
          FlagOf(setting), [&command, name](int64_t count) { command.flags[name] = count > 0 ? "true" : "false"; },
          help);
    } else {
      verb.add_option_function<std::string>(
              FlagOf(setting), [&command, name](const std::string& text) { command.flags[name] = text; }, help)
          ->type_name("");
    }
  }
}

template <size_t size>
auto OneOf(const std::array<std::string_view, size>& names) {
  return [&names](std::string_view name) {
    return name.starts_with("s3_") || std::ranges::find(names, name) != names.end();
  };
}

void AddServer(CLI::App& verb, std::string& url, std::string& api_key) {
  verb.add_option("--url", url, "base URL of the server")->capture_default_str()->type_name("")->envname("TARN_URL");
  verb.add_option("--api-key", api_key, "key the server asks for")->type_name("")->envname("TARN_API_KEY");
}

void AddSql(CLI::App& app, SqlCommand& command) {
  auto* verb = app.add_subcommand("sql", "run one SELECT and print its result");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("--lake", command.lake,
                   "read this lake's files instead of asking a server; records not landed yet are not seen")
      ->type_name("DIR|s3://…");
  static const std::map<std::string, SqlFormat> kFormats{{"table", SqlFormat::kTable},
                                                         {"json", SqlFormat::kJson},
                                                         {"ndjson", SqlFormat::kNdjson},
                                                         {"csv", SqlFormat::kCsv}};
  verb->add_option("--format", command.format, "table, json, ndjson or csv")
      ->transform(CLI::CheckedTransformer(kFormats, CLI::ignore_case).description(""))
      ->type_name("");
  verb->add_option("--max-rows", command.max_rows, "stop after so many rows (10000 for table and json by default)")
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000}).description(""))
      ->type_name("N");
  verb->add_option("SQL", command.sql, "the SELECT; standard input when left out")->type_name("");
}

void AddIngest(CLI::App& app, IngestCommand& command) {
  auto* verb = app.add_subcommand("ingest", "send NDJSON or a JSON array to an endpoint");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("ENDPOINT", command.endpoint, "domain/name")->required()->type_name("");
  auto* file = verb->add_option("FILE", command.file, "records; - or nothing = standard input")->type_name("");
  verb->add_option("--file", command.file, "the same as FILE")->type_name("FILE")->excludes(file);
  verb->add_option("--batch", command.batch_records, "records in one request")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, size_t{100'000}).description(""))
      ->type_name("N");
  verb->add_option("--ack", command.ack, "when a batch counts as stored: wal, bronze or silver")
      ->capture_default_str()
      ->check(CLI::IsMember({"wal", "bronze", "silver"}).description(""))
      ->type_name("");
  verb->add_option("--op", command.operation, "upsert or delete (by key)")
      ->capture_default_str()
      ->check(CLI::IsMember({"upsert", "delete"}).description(""))
      ->type_name("");
  verb->add_flag("--strict", command.strict, "refuse invalid records instead of putting them into quarantine");
  verb->add_option("--validate", command.validate, "false takes records unchecked")
      ->capture_default_str()
      ->type_name("");
}

void AddImport(CLI::App& app, ImportCommand& command) {
  auto* verb = app.add_subcommand(
      "import", "send whole files to an endpoint: Parquet, or CSV, JSON and NDJSON, plain, gzip or zstd");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("ENDPOINT", command.endpoint, "domain/name")->required()->type_name("");
  verb->add_option("FILE", command.files, "files")->required()->type_name("");
  verb->add_option("--ack", command.ack, "when a file counts as stored: bronze or silver")
      ->capture_default_str()
      ->check(CLI::IsMember({"bronze", "silver"}).description(""))
      ->type_name("");
  verb->add_option("--op", command.operation, "upsert or delete (by key)")
      ->capture_default_str()
      ->check(CLI::IsMember({"upsert", "delete"}).description(""))
      ->type_name("");
  verb->add_option("--validate", command.validate, "false takes rows unchecked")->capture_default_str()->type_name("");
  verb->add_flag_callback(
      "--strict", [&command] { command.options.emplace_back("strict", "true"); },
      "refuse a file whole when one of its rows is invalid");
  for (const auto& [option, help] : {std::pair{"format", "csv, json, ndjson or parquet; found out when left out"},
                                     std::pair{"compression", "none, gzip or zstd; found out when left out"},
                                     std::pair{"delimiter", "between CSV fields: one character, or tab"},
                                     std::pair{"quote", "around CSV fields: one character, or none"},
                                     std::pair{"header", "whether CSV begins with names: true or false"},
                                     std::pair{"columns", "names of CSV columns, comma-separated"},
                                     std::pair{"null", "CSV text that means no value, besides nothing at all"}}) {
    verb->add_option_function<std::string>(
            std::string("--") + option,
            [&command, name = std::string(option)](const std::string& value) {
              command.options.emplace_back(name, value);
            },
            help)
        ->type_name("");
  }
}

void AddCrawl(CLI::App& app, CrawlCommand& command) {
  auto* verb = app.add_subcommand("crawl", "look at a directory of raw files and propose endpoints for them");
  verb->add_option("DIR", command.directory, "where the files are")->required()->type_name("");
  verb->add_option("--domain", command.domain, "of the endpoints; the directory's name when left out")->type_name("");
}

void AddUpkeep(CLI::App& app, const std::string& name, const std::string& help, UpkeepCommand& command) {
  auto* verb = app.add_subcommand(name, help);
  AddServer(*verb, command.url, command.api_key);
  if (name != "orphans") {
    verb->add_option("--table", command.table, "domain.layer.table; every table when left out")->type_name("");
  }
  verb->add_flag("--dry-run", command.dry_run, "say what would be done, change nothing");
}

void AddDbt(CLI::App& app, DbtCommand& command) {
  auto* verb = app.add_subcommand("dbt", "work on a dbt project: models become gold tables of a lake");
  verb->add_option("ACTION", command.action, "build, run, test, seed, snapshot, ls or compile")
      ->required()
      ->check(CLI::IsMember({"build", "run", "test", "seed", "snapshot", "ls", "compile"}).description(""))
      ->type_name("");
  verb->add_option("--project", command.project, "folder of dbt_project.yml")->capture_default_str()->type_name("DIR");
  auto* lake = verb->add_option("--lake", command.lake, "lake whose seat is taken for the command");
  lake->type_name("DIR|s3://…");
  verb->add_option("--data-dir", command.data_dir, "of the node whose seat it is; {lake}.node when left out")
      ->type_name("DIR");
  verb->add_option("--url", command.url, "base URL of a server, instead of a lake")->type_name("")->excludes(lake);
  verb->add_option("--api-key", command.api_key, "key the server asks for")->type_name("")->envname("TARN_API_KEY");
  verb->add_option("--domain", command.domain, "of models and seeds; the project's name when left out")->type_name("");
  verb->add_option("--target", command.target, "target.name of the project")->capture_default_str()->type_name("");
  verb->add_option("-s,--select,-m,--models", command.select, "nodes to work on")->type_name("WORD");
  verb->add_option("--exclude", command.exclude, "nodes to leave out")->type_name("WORD");
  verb->add_option("--vars", command.vars, "variables, a YAML mapping")->type_name("YAML");
  verb->add_flag("-f,--full-refresh", command.full_refresh, "make incremental models anew");
}

void AddPipeline(CLI::App& app, PipelineCommand& command) {
  auto* verb = app.add_subcommand("pipeline", "run a pipeline of jobs and wait for its end, or look at its runs");
  verb->add_option("ACTION", command.action, "run or runs")
      ->required()
      ->check(CLI::IsMember({"run", "runs"}).description(""))
      ->type_name("");
  verb->add_option("NAME", command.name, "of the pipeline")->required()->type_name("");
  AddServer(*verb, command.url, command.api_key);
  verb->add_flag("--no-wait", command.no_wait, "run: start it only");
  verb->add_option("--limit", command.limit, "runs to show")
      ->capture_default_str()
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000}).description(""))
      ->type_name("N");
  verb->add_flag("--json", command.json, "print the server's JSON");
}

void AddRegister(CLI::App& app, RegisterCommand& command) {
  auto* verb =
      app.add_subcommand("register", "name a table whose files lie in the lake already, or make it an endpoint's own");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option(
          "TABLE", command.table,
          "NAMESPACE.TABLE; levels of a namespace are joined by dots. DOMAIN.silver.ENDPOINT: the endpoint's table")
      ->required()
      ->type_name("");
  verb->add_option("SOURCE", command.source, "location of its newest metadata file, or its folder")
      ->required()
      ->type_name("");
  verb->add_flag("--overwrite", command.overwrites, "also under a name that is taken");
}

void AddHistory(CLI::App& app, HistoryCommand& command) {
  auto* verb = app.add_subcommand("history", "versions of a silver or gold table, newest first");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("TABLE", command.table, "domain.layer.table")->required()->type_name("");
  verb->add_option("--limit", command.limit, "versions to show")
      ->capture_default_str()
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000}).description(""))
      ->type_name("N");
  verb->add_flag("--json", command.json, "print the server's JSON");
}

void AddTrace(CLI::App& app, TraceCommand& command) {
  auto* verb = app.add_subcommand("trace", "what became of one record");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("RECEIPT", command.what, "receipt of the record, or DOMAIN/NAME with a KEY")
      ->required()
      ->type_name("");
  verb->add_option("KEY", command.key, "values of the key columns, in their order")->type_name("");
  verb->add_flag("--json", command.json, "print the server's JSON");
}

void AddErase(CLI::App& app, EraseCommand& command) {
  auto* verb = app.add_subcommand("erase", "take all records of one key out of an endpoint, for good");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("ENDPOINT", command.endpoint, "DOMAIN/NAME")->required()->type_name("");
  verb->add_option("KEY", command.key, "values of the key columns, in their order")->required()->type_name("");
  verb->add_flag("--dry-run", command.dry_run, "only say what would go");
  verb->add_flag("--json", command.json, "print the server's JSON");
}

void AddRollback(CLI::App& app, RollbackCommand& command) {
  auto* verb =
      app.add_subcommand("rollback", "give a silver or gold table the rows of an earlier version, as a new version");
  AddServer(*verb, command.url, command.api_key);
  verb->add_option("TABLE", command.table, "domain.layer.table")->required()->type_name("");
  verb->add_option("VERSION", command.version, "version to go back to, as history shows it")->required()->type_name("");
  verb->add_option("--expected", command.expected, "do it only while this version is the newest")->type_name("VERSION");
}

void AddDemo(CLI::App& app, DemoCommand& command) {
  auto* verb = app.add_subcommand("demo", "the whole story on generated data, with a server to try");
  verb->add_option("--dir", command.directory, "where lake, data and log of the demo live; made anew each time")
      ->capture_default_str()
      ->type_name("DIR");
  verb->add_option("--port", command.port, "port of the server; 8080 when it is free, else any")->type_name("N");
}

void AddVerbs(CLI::App& app, Verbs& verbs) {
  auto* serve = app.add_subcommand("serve", "serve a lake over HTTP until a signal ends it");
  AddSettings(*serve, verbs.serve, [](std::string_view) { return true; });
  AddDemo(app, verbs.demo);
  AddSql(app, verbs.sql);
  AddIngest(app, verbs.ingest);
  AddImport(app, verbs.import);
  AddCrawl(app, verbs.crawl);
  AddUpkeep(app, "compact", "merge small files of tables and drop deleted rows now", verbs.upkeep);
  AddUpkeep(app, "expire", "let old versions of tables go and delete what only they named", verbs.upkeep);
  AddUpkeep(app, "export", "write the exports of tables now, where they do not show the newest version", verbs.upkeep);
  AddUpkeep(app, "orphans", "delete objects that nothing has named for three days", verbs.upkeep);
  AddDbt(app, verbs.dbt);
  AddPipeline(app, verbs.pipeline);
  AddRegister(app, verbs.registering);
  AddHistory(app, verbs.history);
  AddTrace(app, verbs.trace);
  AddErase(app, verbs.erase);
  AddRollback(app, verbs.rollback);
  auto* recover = app.add_subcommand("recover", "land what a data directory still holds, without serving");
  AddSettings(*recover, verbs.recover, OneOf(kRecoverSettings));
  auto* fsck = app.add_subcommand("fsck", "check a lake, and a node's log with --data-dir; changes nothing");
  AddSettings(*fsck, verbs.fsck, OneOf(kFsckSettings));
  app.add_subcommand("version", "print the version");
}

/// What CLI11 wants to say, without its exit codes.
CommandLineAnswer AnswerOf(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream complaint;
  if (app.exit(error, out, complaint) == 0) return {kExitOk, out.str()};
  return {kExitUsage, "tarn: " + std::string(error.what()) + "\nTry: tarn --help, or tarn VERB --help\n"};
}

/// Targets begin with a slash of their own.
void TrimSlashes(std::string& url) {
  while (url.ends_with('/')) url.pop_back();
}

Command Chosen(const std::string& verb, Verbs& verbs) {
  TrimSlashes(verbs.sql.url);
  TrimSlashes(verbs.ingest.url);
  TrimSlashes(verbs.import.url);
  TrimSlashes(verbs.upkeep.url);
  TrimSlashes(verbs.dbt.url);
  TrimSlashes(verbs.pipeline.url);
  verbs.upkeep.verb = verb;
  TrimSlashes(verbs.registering.url);
  TrimSlashes(verbs.history.url);
  TrimSlashes(verbs.trace.url);
  TrimSlashes(verbs.erase.url);
  TrimSlashes(verbs.rollback.url);
  if (verb == "serve") return std::move(verbs.serve);
  if (verb == "demo") return std::move(verbs.demo);
  if (verb == "sql") return std::move(verbs.sql);
  if (verb == "ingest") return std::move(verbs.ingest);
  if (verb == "crawl") return std::move(verbs.crawl);
  if (verb == "import") return std::move(verbs.import);
  if (verb == "compact" || verb == "expire" || verb == "export" || verb == "orphans") return std::move(verbs.upkeep);
  if (verb == "dbt") return std::move(verbs.dbt);
  if (verb == "pipeline") return std::move(verbs.pipeline);
  if (verb == "register") return std::move(verbs.registering);
  if (verb == "history") return std::move(verbs.history);
  if (verb == "trace") return std::move(verbs.trace);
  if (verb == "erase") return std::move(verbs.erase);
  if (verb == "rollback") return std::move(verbs.rollback);
  if (verb == "recover") return std::move(verbs.recover);
  if (verb == "fsck") return std::move(verbs.fsck);
  return VersionCommand();
}

/// Flags over environment over file.
Result<std::vector<Source>> SourcesOf(const LakeCommand& command) {
  std::vector<Source> sources;
  if (!command.config_file.empty()) {
    TARN_ASSIGN(auto texts, ReadConfigFile(command.config_file));
    sources.push_back({command.config_file, std::move(texts)});
  }
  sources.push_back({"the environment", ReadEnvironment()});
  sources.push_back({"the command line", command.flags});
  return sources;
}

int UsageComplaint(const Error& error) {
  Complain("settings", error);
  return kExitUsage;
}

/// A verb that is over soon logs only what went wrong, unless told otherwise.
Source QuietDefaults() { return {"the defaults", {{"log_level", "warning"}}}; }

int Run(const ServeCommand& command) {
  const auto sources = SourcesOf(command);
  if (!sources) return UsageComplaint(sources.error());
  const auto config = BuildConfig(*sources);
  if (!config) return UsageComplaint(config.error());
  return Serve(*config);
}

int Run(const RecoverCommand& command) {
  auto sources = SourcesOf(command);
  if (!sources) return UsageComplaint(sources.error());
  sources->insert(sources->begin(), QuietDefaults());
  const auto config = BuildConfig(*sources);
  if (!config) return UsageComplaint(config.error());
  SetLogLevel(config->log_level);
  return RunRecover(*config);
}

int Run(const FsckCommand& command) {
  auto sources = SourcesOf(command);
  if (!sources) return UsageComplaint(sources.error());
  // A lake can be checked without any node's directory; the word stands for "none" while the rest is checked.
  const std::string none = "-";
  sources->insert(sources->begin(), {QuietDefaults(), Source{"the defaults", {{"data_dir", none}}}});
  auto config = BuildConfig(*sources);
  if (!config) return UsageComplaint(config.error());
  if (config->data_dir == none) config->data_dir.clear();
  SetLogLevel(config->log_level);
  return RunFsck(*config);
}

int Run(const DemoCommand& command) { return RunDemo(command); }
int Run(const SqlCommand& command) { return RunSql(command); }
int Run(const UpkeepCommand& command) { return RunUpkeep(command); }
int Run(const IngestCommand& command) { return RunIngest(command); }
int Run(const ImportCommand& command) { return RunImport(command); }
int Run(const CrawlCommand& command) { return RunCrawl(command); }
int Run(const DbtCommand& command) { return RunDbt(command); }
int Run(const PipelineCommand& command) { return RunPipeline(command); }
int Run(const RegisterCommand& command) { return RunRegister(command); }
int Run(const HistoryCommand& command) { return RunHistory(command); }
int Run(const TraceCommand& command) { return RunTrace(command); }
int Run(const EraseCommand& command) { return RunErase(command); }
int Run(const RollbackCommand& command) { return RunRollback(command); }

int Run(const VersionCommand&) {
  std::printf("tarn %.*s\n", static_cast<int>(kVersion.size()), kVersion.data());
  return kExitOk;
}

}  // namespace

std::expected<Command, CommandLineAnswer> ParseCommandLine(std::vector<std::string> words) {
  CLI::App app("Tarn: a lakehouse in one program. Records in, tables out, SQL on top.", "tarn");
  app.footer(
      "Each verb has its own --help. Settings of serve can also stand in a YAML file (--config) or in\nTARN_* "
      "variables: --data-dir is TARN_DATA_DIR.");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "tarn " + std::string(kVersion));
  Verbs verbs;
  try {
    AddVerbs(app, verbs);
    if (words.empty()) return std::unexpected(CommandLineAnswer{kExitUsage, app.help()});
    std::ranges::reverse(words);  // CLI11 takes the words from the back
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(AnswerOf(app, error));
  }
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return std::unexpected(CommandLineAnswer{kExitUsage, app.help()});
  return Chosen(chosen.front()->get_name(), verbs);
}

int RunCommandLine(int argc, char** argv) {
#ifdef TARN_CRASH_POINTS
  if (const char* spec = std::getenv("TARN_CRASH_POINT")) ArmCrashPoint(spec);
#endif
  // A full or closed peer is an error of the call that meets it, in every verb.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  const auto command = ParseCommandLine({argv + 1, argv + argc});
  if (!command) {
    const auto& [exit_code, text] = command.error();
    std::fputs(text.c_str(), exit_code == kExitOk ? stdout : stderr);
    return exit_code;
  }
  return std::visit([](const auto& chosen) { return Run(chosen); }, *command);
}

}  // namespace tarn::app
