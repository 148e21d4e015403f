// SPDX-License-Identifier: Apache-2.0
#include "api/job_body.h"

#include <algorithm>

#include "api/parameters.h"
#include "base/ascii.h"
#include "gold/job_words.h"
#include "lake/export_json.h"
#include "lake/name.h"
#include "quality/data_tests_json.h"
#include "schedule/schedule_text.h"

namespace tarn::api {
namespace {

using codec::Json;

constexpr int kMaxRetries = 100;
constexpr std::chrono::milliseconds kMaxDebounce{10'000};
constexpr std::chrono::milliseconds kShortestInterval{1'000};

/// Reads members of one body into a job.
class JobReader {
 public:
  JobReader(const Json& body, const gold::Job* present, const std::string& default_format, engine::QueryEngine& engine)
      : body_(body), creates_(present == nullptr), engine_(engine) {
    if (present != nullptr) {
      out_.job = *present;
    } else {
      out_.job.format = default_format;
    }
  }

  JobBody Read() && {
    if (creates_) ReadNames();
    ReadQuery();
    ReadWord("write_mode", gold::kWriteModes, out_.job.write_mode);
    ReadUniqueKey();
    ReadMaterialization();
    ReadSnapshot();
    ReadWord("schedule_type", gold::kScheduleTypes, out_.job.schedule_type);
    ReadCron();
    ReadDependencies();
    ReadWord("status", gold::kJobStatuses, out_.job.status);
    ReadWord("catchup", gold::kCatchUps, out_.job.catchup);
    ReadRetries();
    ReadDurations();
    ReadFormat();
    ReadMirror();
    ReadExports();
    ReadTests();
    CheckKeyGiven();
    CheckMaterialization();
    ReadEngine();
    return std::move(out_);
  }

 private:
  void Refuse(const char* member, std::string type, std::string message) {
    out_.problems.push_back({std::move(type), {"body", member}, std::move(message)});
  }

  const Json* Given(const char* member) const {
    const auto found = body_.find(member);
    return found == body_.end() ? nullptr : &*found;
  }

  /// A string member; nullopt when absent, null or refused.
  std::optional<std::string> Text(const char* member, bool required) {
    const auto* given = Given(member);
    if (given == nullptr) {
      if (required) Refuse(member, "missing", "Field required");
      return std::nullopt;
    }
    if (given->is_string()) return given->get<std::string>();
    if (!given->is_null() || required) Refuse(member, "string_type", "Input should be a valid string");
    return std::nullopt;
  }

  void ReadNames() {
    const auto read = [&](const char* member, std::string& name) {
      const auto text = Text(member, true);
      if (!text) return;
      if (!lake::IsName(*text)) return Refuse(member, "value_error", lake::kNameRule);
      name = *text;
    };
    read("domain", out_.job.domain);
    read("job_name", out_.job.name);
    if (lake::IsReservedDomain(out_.job.domain)) Refuse("domain", "value_error", "this domain is reserved");
  }

  void ReadQuery() {
    const auto text = Text("query", creates_);
    if (!text) return;
    out_.job.query = *text;
    auto statement = engine_.Classify(*text);
    if (!statement) Refuse("query", "value_error", statement.error().message);
    if (statement && !statement->parameters.empty())
      Refuse("query", "value_error", "a job's query takes no parameters");
    if (statement) out_.job.reads = std::move(statement->tables);
  }

  template <class T, size_t n>
  void ReadWord(const char* member, const Words<T, n>& words, T& value) {
    if (Given(member) == nullptr) return;
    const auto text = Text(member, true);
    if (!text) return;
    if (const auto read = ValueInAnyCase(words, *text)) {
      value = *read;
      return;
    }
    std::string expected;
    for (const auto& [word, meaning] : words) expected += (expected.empty() ? "'" : ", '") + std::string(word) + "'";
    Refuse(member, "enum", "Input should be one of " + expected);
  }

  void ReadUniqueKey() {
    const auto* given = Given("unique_key");
    if (given == nullptr) return;
    std::vector<std::string> columns;
    bool fits = true;
    if (given->is_string()) {
      columns = SplitColumns(given->get<std::string>());
    } else if (given->is_array()) {
      for (const auto& column : *given) {
        fits = fits && column.is_string() && !column.get_ref<const std::string&>().empty();
        if (fits) columns.push_back(column);
      }
    } else {
      fits = given->is_null();
    }
    if (!fits)
      return Refuse("unique_key", "string_type",
                    "Input should be a column name, several separated by commas, or an array of names");
    out_.job.unique_key = std::move(columns);
    out_.job.unique_key_echo = given->is_null() ? std::nullopt : std::optional(*given);
  }

  static std::vector<std::string> SplitColumns(const std::string& text) {
    std::vector<std::string> columns;
    for (size_t at = 0; at <= text.size();) {
      const auto end = std::min(text.find(',', at), text.size());
      auto name = text.substr(at, end - at);
      name.erase(0, name.find_first_not_of(' '));
      name.erase(name.find_last_not_of(' ') + 1);
      if (!name.empty()) columns.push_back(std::move(name));
      at = end + 1;
    }
    return columns;
  }

  void CheckKeyGiven() {
    const bool needs =
        out_.job.write_mode == gold::WriteMode::kUpsert || out_.job.write_mode == gold::WriteMode::kMerge;
    if (needs && out_.job.unique_key.empty()) Refuse("unique_key", "value_error", "this write_mode needs a unique_key");
  }

  void ReadMaterialization() {
    ReadWord("materialization", gold::kMaterializations, out_.job.materialization);
    if (Given("interval_column") != nullptr) out_.job.interval_column = Text("interval_column", false).value_or("");
    if (Given("interval") == nullptr) return;
    const auto text = Text("interval", false);
    out_.job.interval_text = text.value_or("");
    out_.job.interval = {};
    if (!text) return;
    const auto length = ParseDuration(*text);
    if (!length || *length < kShortestInterval) {
      return Refuse("interval", "value_error", "Input should be a duration of at least 1s, such as 1h or 1d");
    }
    out_.job.interval = *length;
  }

  void ReadSnapshot() {
    const auto* given = Given("snapshot");
    if (given == nullptr) return;
    if (given->is_null()) {
      out_.job.snapshot = {};
      return;
    }
    std::vector<gold::SnapshotProblem> problems;
    if (auto spec = gold::ReadSnapshotSpec(*given, problems)) out_.job.snapshot = std::move(*spec);
    for (auto& problem : problems) {
      std::vector<std::string> loc{"body", "snapshot"};
      if (!problem.member.empty()) loc.push_back(std::move(problem.member));
      out_.problems.push_back({"value_error", std::move(loc), std::move(problem.message)});
    }
    const auto& job = out_.job;
    if (!job.is_snapshot()) Refuse("snapshot", "value_error", "it is for materialization snapshot");
  }

  void CheckSnapshot() {
    const auto& job = out_.job;
    if (!job.is_snapshot()) return;
    if (job.unique_key.empty()) Refuse("unique_key", "value_error", "a snapshot needs a unique_key");
    if (job.write_mode != gold::WriteMode::kOverwrite)
      Refuse("write_mode", "value_error", "a snapshot adds versions and ends others: leave write_mode out");
  }

  void CheckMaterialization() {
    const auto& job = out_.job;
    CheckSnapshot();
    CheckWrapped();
    const bool has_interval = !job.interval_column.empty() || !job.interval_text.empty();
    if (job.materialization == gold::Materialization::kIncremental) {
      if (job.interval_column.empty() != job.interval_text.empty())
        return Refuse("interval", "value_error", "interval_column and interval are given together");
      if (has_interval != job.unique_key.empty())
        return Refuse("materialization", "value_error",
                      "incremental needs interval_column and interval, or unique_key");
      return;
    }
    if (has_interval) Refuse("interval_column", "value_error", "intervals are for materialization incremental");
    if (!job.is_view()) return;
    if (job.write_mode != gold::WriteMode::kOverwrite || !job.unique_key.empty())
      Refuse("write_mode", "value_error", "a view has no rows of its own: leave write_mode and unique_key out");
    if (job.mirror || !job.exports.empty())
      Refuse("materialization", "value_error", "a view has no files: no mirror, no exports");
  }

  /// Runs take a part of the query's rows, so it must be able to stand inside another.
  void CheckWrapped() {
    if (!out_.job.replaces_intervals() && !out_.job.is_snapshot()) return;
    const auto wrapped = engine_.Classify("SELECT * FROM (\n" + out_.job.query + "\n) AS rows_of_job");
    if (!wrapped && engine_.Classify(out_.job.query))
      Refuse("query", "value_error", "the query of a job with intervals or versions must end without a semicolon");
  }

  void ReadCron() {
    const auto* given = Given("cron_schedule");
    if (given == nullptr) return;
    const auto text = Text("cron_schedule", false);
    out_.job.cron_schedule = text;
    if (!text) return;
    if (const auto parsed = schedule::ParseSchedule(*text); !parsed)
      Refuse("cron_schedule", "value_error", parsed.error().message);
  }

  void ReadDependencies() {
    const auto* given = Given("dependencies");
    if (given == nullptr) return;
    out_.job.dependencies.reset();
    if (given->is_null()) return;
    if (!given->is_array()) return Refuse("dependencies", "list_type", "Input should be a valid list");
    std::vector<std::string> names;
    for (const auto& name : *given) {
      if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
        return Refuse("dependencies", "string_type", "Input should be a list of names");
      }
      names.push_back(name);
    }
    out_.job.dependencies = std::move(names);
  }

  void ReadRetries() {
    const auto* given = Given("retries");
    if (given == nullptr) return;
    const bool fits = given->is_number_integer() && given->get<int64_t>() >= 0 && given->get<int64_t>() <= kMaxRetries;
    if (!fits)
      return Refuse("retries", "int_type", "Input should be an integer from 0 to " + std::to_string(kMaxRetries));
    out_.job.retries = given->get<int>();
  }

  void ReadDurations() {
    if (Given("timeout") != nullptr) {
      const auto text = Text("timeout", true);
      const auto duration = ParseDuration(text.value_or(""));
      if (text && !duration) Refuse("timeout", "value_error", duration.error().message);
      if (text && duration) {
        out_.job.timeout_text = *text;
        out_.job.timeout = *duration;
      }
    }
    if (Given("debounce") == nullptr) return;
    const auto text = Text("debounce", true);
    if (!text) return;
    const auto duration = ParseDuration(*text);
    if (!duration || *duration > kMaxDebounce)
      return Refuse("debounce", "value_error", "Input should be a duration of at most 10s");
    out_.job.debounce = *text;
  }

  void ReadFormat() {
    const auto text = Text("format", false);
    if (!text) return;
    auto format = Lower(*text);
    if (format != "delta" && format != "iceberg") return Refuse("format", "value_error", "must be delta or iceberg");
    if (!creates_ && format != out_.job.format) {
      return Refuse("format", "value_error", "the format is fixed when the job is created: " + out_.job.format);
    }
    out_.job.format = std::move(format);
  }

  void ReadMirror() {
    const auto text = Text("mirror", false);
    if (!text) return;
    auto mirror = Lower(*text);
    if (mirror != "delta" && mirror != "iceberg") return Refuse("mirror", "value_error", "must be delta or iceberg");
    if (!creates_ && mirror != out_.job.mirror) {
      return Refuse("mirror", "value_error",
                    "the mirror is fixed when the job is created: " + out_.job.mirror.value_or("none"));
    }
    if (mirror == out_.job.format) {
      return Refuse("mirror", "value_error", "a mirror is of another format than the table: " + mirror);
    }
    out_.job.mirror = std::move(mirror);
  }

  void ReadEngine() {
    const auto* given = Given("engine");
    if (given != nullptr && !given->is_null()) ReadWord("engine", gold::kJobEngines, out_.job.engine);
  }

  void ReadExports() {
    const auto* exports = Given("exports");
    if (exports == nullptr) return;
    if (exports->is_null()) return out_.job.exports.clear();
    if (!exports->is_array()) return Refuse("exports", "list_type", "Input should be a valid list");
    std::vector<lake::ExportProblem> problems;
    out_.job.exports = lake::ReadExports(*exports, problems);
    for (auto& problem : problems) {
      std::vector<std::string> loc{"body", "exports", std::to_string(problem.index)};
      if (!problem.member.empty()) loc.emplace_back(problem.member);
      out_.problems.push_back({std::move(problem.type), std::move(loc), std::move(problem.message)});
    }
  }

  void ReadTests() {
    const auto* tests = Given("tests");
    if (tests == nullptr) return;
    if (tests->is_null()) return out_.job.tests.clear();
    if (!tests->is_array()) return Refuse("tests", "list_type", "Input should be a valid list");
    std::vector<quality::TestProblem> problems;
    out_.job.tests = quality::ReadTests(*tests, out_.job.table(), engine_, problems);
    for (auto& problem : problems) {
      std::vector<std::string> loc{"body", "tests", std::to_string(problem.index)};
      if (!problem.member.empty()) loc.emplace_back(problem.member);
      out_.problems.push_back({std::move(problem.type), std::move(loc), std::move(problem.message)});
    }
  }

  const Json& body_;
  const bool creates_;
  engine::QueryEngine& engine_;
  JobBody out_;
};

}  // namespace

JobBody ReadJobBody(const Json& body, const gold::Job* present, const std::string& default_format,
                    engine::QueryEngine& engine) {
  return JobReader(body, present, default_format, engine).Read();
}

}  // namespace tarn::api
