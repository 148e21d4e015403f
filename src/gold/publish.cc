// SPDX-License-Identifier: Apache-2.0
#include "gold/publish.h"

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "gold/result_schema.h"
#include "lake/mirror.h"
#include "lake/rewrite.h"

namespace tarn::gold {
namespace {

std::string ApplicationId(const Job& job) { return job.id(); }

/// Carries how far a backfill has come, in microseconds since 1970.
std::string ProgressId(const Job& job) { return job.id() + "#until"; }

/// Files of an overwrite: they hold the result whatever the table held before, so another plan may name them again.
struct WrittenResult {
  table::Schema schema;
  std::vector<table::DataFile> files;
};

/// Plans the commit of one run on one snapshot.
class Publication {
 public:
  Publication(const PublishRequest& request, table::SnapshotPtr base, std::string location)
      : request_(request), base_(std::move(base)), location_(std::move(location)) {}

  Result<table::CommitIntent> Plan(std::optional<WrittenResult>& written) {
    const bool replaces_part = request_.range || !request_.job.overwrites();
    const bool overwrites = request_.replaces_all || !replaces_part || !base_->exists();
    TARN_ASSIGN(schema_,
                overwrites ? OverwriteSchema(*base_, request_.result) : ExtendedSchema(*base_, request_.result));
    table::CommitIntent intent;
    intent.operation = overwrites ? "OVERWRITE" : ReplacesRows() ? "MERGE" : "WRITE";
    if (schema_.changed || !base_->exists()) intent.schema = schema_.schema;
    intent.format = request_.job.format;
    if (MirrorsNow()) intent.properties[lake::kMirrorProperty] = *request_.job.mirror;
    if (overwrites) {
      for (const auto& file : base_->files) intent.remove.push_back(file->path);
      TARN_TRY(WriteResult(written));
      intent.add = written->files;
    } else if (request_.versions && !base_->files.empty()) {
      TARN_TRY(PlanVersions(*request_.versions, intent));
    } else {
      std::string select = SelectResult();
      TARN_TRY(AddKeptRows(select, intent));
      TARN_ASSIGN(intent.add, Write(std::move(select)));
    }
    intent.transactions[ApplicationId(request_.job)] = static_cast<int64_t>(request_.run);
    if (request_.done_until) intent.transactions[ProgressId(request_.job)] = request_.done_until->micros;
    if (request_.check) TARN_TRY(request_.check(Staged(intent, overwrites), base_));
    return intent;
  }

 private:
  StagedResult Staged(const table::CommitIntent& intent, bool overwrites) const {
    StagedResult staged;
    staged.run = request_.run;
    staged.schema = schema_.schema;
    staged.added = intent.add;
    if (overwrites || base_->files.empty()) return staged;
    staged.base = base_->snapshot_id;
    staged.removed = {intent.remove.begin(), intent.remove.end()};
    return staged;
  }

  Result<std::vector<table::DataFile>> Write(std::string select) {
    engine::WriteRequest write;
    write.select = std::move(select);
    write.schema = schema_.schema;
    write.location = location_;
    TARN_CRASH_POINT("gold.before_write");
    TARN_ASSIGN(auto files, request_.workspace.WriteParquet(write));
    TARN_CRASH_POINT("gold.after_write");
    return files;
  }

  Status WriteResult(std::optional<WrittenResult>& written) {
    if (written && written->schema == schema_.schema) return {};
    const bool streams = request_.place == ResultPlace::kQuery;
    TARN_ASSIGN(auto files, Write(streams ? request_.job.query : SelectResult()));
    written = {schema_.schema, std::move(files)};
    return {};
  }

  /// Whether the table gets its mirror with this commit: the first one, or the first of a job that was made again.
  bool MirrorsNow() const {
    if (!request_.job.mirror) return false;
    return !base_->exists() || (lake::MirrorFormatOf(*base_).empty() && base_->format != *request_.job.mirror);
  }

  /// The result's columns in the table's order; NULL where the result has none.
  std::string SelectResult(const std::string& from = "result") const {
    std::string columns;
    for (const auto& field : schema_.schema.fields) {
      if (!columns.empty()) columns += ", ";
      const bool given = request_.result.IndexOf(field.name).has_value();
      columns += (given ? "" : "NULL AS ") + engine::QuoteIdentifier(field.name);
    }
    return "SELECT " + columns + " FROM " + from;
  }

  std::string KeysEqual() const {
    std::string terms;
    for (const auto& key : request_.job.unique_key) {
      const auto name = engine::QuoteIdentifier(key);
      terms += (terms.empty() ? "" : " AND ") + std::string("t.") + name + " IS NOT DISTINCT FROM r." + name;
    }
    return terms;
  }

  bool ReplacesRows() const { return request_.range || request_.job.merges_by_key(); }

  /// Whether a row `t` of the table lies in the range.
  std::string InReplacedRange() const {
    return InRange("t." + engine::QuoteIdentifier(request_.job.interval_column), *request_.range);
  }

  /// Of rows `t` that do not give way to the result.
  std::string Stays() const {
    if (request_.range) return "(" + InReplacedRange() + ") IS NOT TRUE";
    return "NOT EXISTS (SELECT 1 FROM result r WHERE " + KeysEqual() + ")";
  }

  /// Rows of files that are rewritten: those with rows that give way, and all when a column grows wider.
  Status AddKeptRows(std::string& select, table::CommitIntent& intent) {
    std::set<std::string> names;
    if (ReplacesRows() && !base_->files.empty()) {
      TARN_TRY(Bind("existing", base_->files));
      const std::string from = "SELECT DISTINCT t.\"file;name\" FROM input.existing t ";
      const auto rows = request_.range ? "WHERE " + InReplacedRange() : "JOIN result r ON " + KeysEqual();
      TARN_ASSIGN(names, lake::FileNames(request_.workspace, from + rows));
    }
    auto files = schema_.widened ? base_->files : lake::FilesNamed(*base_, names);
    if (files.empty()) return {};
    for (const auto& file : files) intent.remove.push_back(file->path);
    TARN_TRY(Bind("rewritten", std::move(files)));
    std::string kept = "SELECT * FROM input.rewritten t";
    if (ReplacesRows()) kept += " WHERE " + Stays();
    select = kept + " UNION ALL " + select;
    return {};
  }

  /// Versions that end are rewritten with their files, those that begin are added.
  Status PlanVersions(const Versions& versions, table::CommitIntent& intent) {
    if (!versions.IsKeptBy(base_->schema)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the table has rows without versions: a snapshot needs a table of its own, take another job_name");
    }
    TARN_TRY(Bind("existing", base_->files));
    TARN_TRY(request_.workspace.Execute(versions.CreateNews()));
    TARN_TRY(request_.workspace.Execute(versions.CreateCloses()));
    TARN_ASSIGN(const auto names, lake::FileNames(request_.workspace, versions.SelectFiles()));
    auto files = schema_.widened ? base_->files : lake::FilesNamed(*base_, names);
    for (const auto& file : files) intent.remove.push_back(file->path);
    auto select = SelectResult("news");
    if (!files.empty()) {
      TARN_TRY(Bind("rewritten", std::move(files)));
      select = versions.SelectKept(schema_.schema) + " UNION ALL " + select;
    }
    TARN_ASSIGN(intent.add, Write(std::move(select)));
    return {};
  }

  Status Bind(const std::string& name, std::vector<table::DataFilePtr> files) {
    return request_.workspace.AddInput(
        name, engine::Bind(schema_.schema, table::PinnedTable{location_, base_, std::move(files)}));
  }

  const PublishRequest& request_;
  table::SnapshotPtr base_;
  std::string location_;
  ResultSchema schema_;
};

Status CheckKeys(const PublishRequest& request) {
  if (!request.job.merges_by_key()) return {};
  std::string keys;
  for (const auto& key : request.job.unique_key) {
    if (!request.result.IndexOf(key)) {
      return Fail(ErrorCode::kInvalidArgument, "the result has no column for unique_key: " + key);
    }
    keys += (keys.empty() ? "" : ", ") + engine::QuoteIdentifier(key);
  }
  TARN_ASSIGN(const auto stream, request.workspace.Query("SELECT count(*) FROM (SELECT 1 FROM result GROUP BY " + keys +
                                                         " HAVING count(*) > 1)"));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, stream->Next(batch));
  const auto duplicates = more ? batch.columns[0].At<int64_t>(0) : 0;
  if (duplicates == 0) return {};
  return Fail(ErrorCode::kInvalidArgument, "the result has duplicate keys: " + std::to_string(duplicates) +
                                               " values of unique_key occur more than once");
}

}  // namespace

bool IsPublished(const table::Snapshot& snapshot, const Job& job, uint64_t run) {
  const auto published = snapshot.transactions.find(ApplicationId(job));
  return published != snapshot.transactions.end() && published->second == static_cast<int64_t>(run);
}

std::optional<Timestamp> BackfilledUntil(const table::Snapshot& snapshot, const Job& job, uint64_t run) {
  const auto progress = snapshot.transactions.find(ProgressId(job));
  if (!IsPublished(snapshot, job, run) || progress == snapshot.transactions.end()) return std::nullopt;
  return Timestamp{progress->second};
}

Result<table::SnapshotPtr> Publish(const PublishRequest& request, table::Table& table) {
  TARN_TRY(CheckKeys(request));
  std::optional<WrittenResult> written;
  const auto planner = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    const auto published = base->transactions.find(ApplicationId(request.job));
    const bool is_done =
        IsPublished(*base, request.job, request.run) &&
        (!request.done_until || BackfilledUntil(*base, request.job, request.run) >= request.done_until);
    if (is_done) return std::optional<table::CommitIntent>();
    if (published != base->transactions.end() && published->second > static_cast<int64_t>(request.run)) {
      return Fail(ErrorCode::kConflict, "a later run has already been published: " + std::to_string(published->second));
    }
    Publication publication(request, base, table.location());
    TARN_ASSIGN(auto intent, publication.Plan(written));
    return std::optional(std::move(intent));
  };
  TARN_ASSIGN(auto done, table.Commit(planner, request.seat_check));
  TARN_CRASH_POINT("gold.after_publish");
  return std::move(done.snapshot);
}

}  // namespace tarn::gold
