// SPDX-License-Identifier: Apache-2.0
#pragma once
// A transform job: SQL whose result is a gold table (http-api.md §8). Plain value and its YAML codec
// (docs/formats/job-yaml.md).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "engine/names.h"
#include "gold/snapshot_spec.h"
#include "lake/export.h"
#include "lake/stored_document.h"
#include "lake/tasks.h"
#include "quality/data_tests.h"

namespace tarn::gold {

enum class WriteMode { kOverwrite, kAppend, kUpsert, kMerge };
enum class ScheduleType { kCron, kDependency, kManual };
enum class JobEngine { kDuckDb, kTrino, kSpark, kAthena };
enum class JobStatus { kActive, kPaused };
enum class Materialization {
  kTable,        ///< the result, as write_mode says
  kView,         ///< no table: the query stands for it wherever it is named
  kIncremental,  ///< a table of which a run replaces a part: intervals of a column, or rows by key
  kSnapshot      ///< a table of versions: a run ends those of keys that changed and begins others
};
using lake::CatchUp;

/// Of a cron job that gives no text (http-api.md §8).
inline constexpr const char* kDefaultSchedule = "daily";

std::string_view WriteModeName(WriteMode mode);

struct Job {
  std::string domain;
  std::string name;
  uint64_t version = 1;  ///< number in the job's series
  std::string query;
  WriteMode write_mode = WriteMode::kOverwrite;
  std::vector<std::string> unique_key;         ///< column names; empty = none
  std::optional<codec::Json> unique_key_echo;  ///< as the client wrote it
  Materialization materialization = Materialization::kTable;
  std::string interval_column;            ///< of an incremental job that replaces intervals; empty: it merges by key
  std::string interval_text;              ///< as given
  std::chrono::milliseconds interval{0};  ///< their length; they begin at multiples of it since 1970 UTC
  SnapshotSpec snapshot;                  ///< of a snapshot job
  ScheduleType schedule_type = ScheduleType::kCron;
  std::optional<std::string> cron_schedule;              ///< as given
  std::optional<std::vector<std::string>> dependencies;  ///< as given
  std::vector<engine::TableName> reads;                  ///< tables of the query, as it was parsed when it was saved
  JobStatus status = JobStatus::kActive;
  int retries = 2;
  std::string timeout_text = "1h";
  std::chrono::milliseconds timeout{3'600'000};
  JobEngine engine = JobEngine::kDuckDb;  ///< where the query runs
  CatchUp catchup = CatchUp::kOne;
  std::string debounce = "0s";
  std::string format;                 ///< "delta" or "iceberg"; fixed when the job is created
  std::optional<std::string> mirror;  ///< the other format, if the table is published in it too; fixed likewise
  std::vector<quality::Test> tests;   ///< of a result before it is published
  std::vector<lake::Export> exports;  ///< plain files that upkeep writes after runs
  Timestamp created_at;
  Timestamp updated_at;

  std::string id() const { return domain + "/" + name; }
  engine::TableName table() const { return {domain, "gold", name}; }
  bool is_view() const { return materialization == Materialization::kView; }
  bool is_snapshot() const { return materialization == Materialization::kSnapshot; }
  bool replaces_intervals() const { return !interval_column.empty(); }
  /// The result is the table.
  bool overwrites() const {
    return write_mode == WriteMode::kOverwrite && materialization != Materialization::kIncremental && !is_snapshot();
  }
  /// Result rows replace rows with the same key instead of being added.
  bool merges_by_key() const { return !overwrites() && !unique_key.empty(); }
};

/// The Job object of http-api.md §8.
codec::OrderedJson JobToJson(const Job& job);

/// Tables the job depends on: its `dependencies` when they are given ("job", "domain.job", "domain/job" and
/// "domain.gold.job" are jobs, "domain.silver.table" is a table), else those that the query of a dependency job reads.
std::vector<engine::TableName> UpstreamsOf(const Job& job);
/// Ids of the jobs among them.
std::vector<std::string> UpstreamJobs(const Job& job);

using StoredJob = lake::StoredDocument<Job>;
std::string EncodeJob(const StoredJob& stored);
Result<StoredJob> DecodeJob(std::string_view yaml);

}  // namespace tarn::gold
