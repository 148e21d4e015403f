// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/spark_engine.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/results/parquet_rows.h"
#include "engine/spark/child_process.h"
#include "engine/spark/spark_errors.h"
#include "engine/spark/spark_script.h"
#include "engine/spark/spark_types.h"

namespace tarn::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kParquet = ".parquet";

/// A local folder of one process: its script, and whatever it leaves where it runs.
class ScratchFolder {
 public:
  ScratchFolder(const std::string& parent, const std::string& name) : path_(fs::absolute(parent) / name) {}
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  Status Make() {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) return Fail(ErrorCode::kUnavailable, "no scratch folder for spark: " + error.message());
    fs::permissions(path_, fs::perms::owner_all, error);
    return {};
  }

  Result<std::string> Write(const std::string& name, const std::string& text) {
    const auto path = (path_ / name).string();
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (file.fail()) return Fail(ErrorCode::kUnavailable, "the script for spark cannot be written");
    return path;
  }

  std::string path() const { return path_.string(); }

 private:
  const fs::path path_;
};

/// Levels of the namespace and the table, quoted; further levels of a table that others made stand before its name.
std::string PlaceOf(const TableName& name) {
  if (name.layer != "external") {
    return SparkName(name.domain) + "." + SparkName(name.layer) + "." + SparkName(name.table);
  }
  auto text = SparkName(name.domain);
  std::string_view rest = name.table;
  for (;;) {
    const auto dot = rest.find('.');
    text += "." + SparkName(rest.substr(0, dot));
    if (dot == std::string_view::npos) return text;
    rest.remove_prefix(dot + 1);
  }
}

std::string LastPartOf(const TableName& name) {
  if (name.layer != "external") return name.table;
  const auto dot = name.table.rfind('.');
  return dot == std::string::npos ? name.table : name.table.substr(dot + 1);
}

}  // namespace

std::string SparkEngine::TableText(const RemoteTable& table) const {
  const auto text = SparkName(settings_.catalog) + "." + PlaceOf(table.name);
  if (table.snapshot_id) return text + " VERSION AS OF " + std::to_string(*table.snapshot_id);
  const auto alias = table.has_alias ? "" : " AS " + SparkName(LastPartOf(table.name));
  return "(SELECT * FROM " + text + " WHERE 1 = 0)" + alias;
}

std::string SparkEngine::TimeText(Timestamp at, bool with_zone) const {
  auto text = FormatTimestamp(at);
  std::ranges::replace(text, 'T', ' ');
  text.pop_back();  // the Z
  return with_zone ? "TIMESTAMP_LTZ '" + text + " UTC'" : "TIMESTAMP_NTZ '" + text + "'";
}

Status SparkEngine::RunScript(const RemoteQuery& query, const std::string& folder_uri) {
  ScratchFolder scratch(settings_.scratch, "spark-" + NewUuid(dependencies_.randomness));
  TARN_TRY(scratch.Make());
  TARN_ASSIGN(const auto script, scratch.Write("statement.sql", SparkScript(query.sql, folder_uri)));
  ChildCall call{settings_.command, settings_.environment, scratch.path(), query.deadline, query.stop};
  for (auto& word : SparkArguments(script)) call.words.push_back(std::move(word));
  const auto outcome = RunChild(call);
  if (outcome) {
    if (outcome->exit_status == 0) return {};
    return Fail(SparkError(outcome->output, outcome->exit_status));
  }
  switch (outcome.error().code) {
    case ErrorCode::kCancelled:
      return Fail(ErrorCode::kCancelled, "the run was stopped while spark worked for it");
    case ErrorCode::kDeadlineExceeded:
      return Fail(ErrorCode::kDeadlineExceeded, "spark did not finish within the job's timeout");
    default:
      return Fail(outcome.error().code, "spark cannot be started: " + outcome.error().message);
  }
}

Result<std::shared_ptr<RowSource>> SparkEngine::ReadBack(std::shared_ptr<ResultFolder> folder) {
  TARN_ASSIGN(auto keys, folder->Files(kParquet));
  if (keys.empty()) {
    return Fail(ErrorCode::kInternal, "spark ended well and left no files: it must write where the lake lies");
  }
  TARN_ASSIGN(const auto notes, dependencies_.notes.Notes(keys.front()));
  const auto schema = notes.find(kSparkSchemaNote);
  if (schema == notes.end()) return Fail(ErrorCode::kInternal, "spark left files without a note of their schema");
  TARN_TRY(CheckSparkTypes(schema->second));
  TARN_ASSIGN(auto rows, ParquetRows::Open(dependencies_.files, std::move(folder), std::move(keys)));
  return rows;
}

Result<std::shared_ptr<RowSource>> SparkEngine::Query(const RemoteQuery& query) {
  auto folder = dependencies_.folders.Make();
  TARN_TRY(RunScript(query, folder->Uri()));
  return ReadBack(std::move(folder));
}

}  // namespace tarn::engine
