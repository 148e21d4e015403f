// SPDX-License-Identifier: Apache-2.0
#include "upkeep/compact.h"

#include <algorithm>
#include <map>

#include "base/crash_point.h"
#include "base/log.h"
#include "silver/file_plan.h"
#include "silver/key_filter.h"

namespace tarn::upkeep {
namespace {

using FilesByPath = std::map<std::string_view, const table::DataFile*>;

FilesByPath ByPath(const table::Snapshot& snapshot) {
  FilesByPath files;
  for (const auto& file : snapshot.files) files[file->path] = file.get();
  return files;
}

/// Whether `live` still holds each file of the group with the same rows deleted.
bool IsUntouched(const CompactionGroup& group, const FilesByPath& live) {
  return std::ranges::all_of(group, [&](const table::DataFilePtr& file) {
    const auto found = live.find(file->path);
    return found != live.end() && found->second->SameRows(*file);
  });
}

std::string SelectRows(const table::Schema& schema, const std::vector<std::string>& cluster_by) {
  std::string order;
  for (const auto& column : cluster_by) {
    if (!schema.IndexOf(column)) continue;
    order += (order.empty() ? " ORDER BY " : ", ") + engine::QuoteIdentifier(column);
  }
  return "SELECT * FROM input.compacted" + order;
}

/// A rewrite that would change how many rows there are is never committed.
Status CheckRows(const CompactionGroup& from, const std::vector<table::DataFile>& to) {
  int64_t before = 0;
  for (const auto& file : from) {
    const auto live = file->LiveRecordCount();
    if (live < 0) return {};
    before += live;
  }
  int64_t after = 0;
  for (const auto& file : to) after += file.record_count;
  if (before == after) return {};
  return Fail(ErrorCode::kCorrupt, "the files to compact should have " + std::to_string(before) + " rows, " +
                                       std::to_string(after) + " were read: nothing is changed");
}

/// Whether the files get a key filter: which rows are in which of several is not known.
bool IsFiltered(const std::vector<table::DataFile>& files, const table::Schema& schema,
                const std::vector<std::string>& key) {
  const auto is_column = [&](const std::string& name) { return schema.IndexOf(name).has_value(); };
  if (files.size() != 1 || key.empty() || !std::ranges::all_of(key, is_column)) return false;
  const auto& file = files.front();
  return file.record_count >= silver::CostRule().min_filtered_rows && file.record_count <= silver::KeyFilter::kMaxRows;
}

uint64_t BytesOf(const CompactionGroup& group) {
  int64_t bytes = 0;
  for (const auto& file : group) bytes += file->size_bytes;
  return static_cast<uint64_t>(bytes);
}

}  // namespace

Result<Compact::Rewrite> Compact::Write(const table::Table& table, const table::SnapshotPtr& base,
                                        CompactionGroup group, const Columns& columns) {
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(
      workspace->AddInput("compacted", engine::Bind(base->schema, table::PinnedTable{table.location(), base, group})));
  engine::WriteRequest request;
  request.select = SelectRows(base->schema, columns.cluster_by);
  request.schema = base->schema;
  request.location = table.location();
  request.target_file_size_bytes = static_cast<uint64_t>(rule_.target_file_bytes);
  Rewrite rewrite;
  TARN_CRASH_POINT("upkeep.compact.before_write");
  TARN_ASSIGN(rewrite.to, workspace->WriteParquet(request));
  TARN_CRASH_POINT("upkeep.compact.written");
  if (IsFiltered(rewrite.to, base->schema, columns.key)) {
    const auto& path = rewrite.to.front().path;
    TARN_TRY(FilterKeys(*workspace, {table.location(), path, base->schema, columns.key}, request.select));
  }
  // Deletes by value of another writer that were applied on reading must not apply again, later ones still must.
  int64_t sequence = 0;
  for (const auto& file : group) sequence = std::max(sequence, file->sequence);
  for (auto& file : rewrite.to) file.sequence = sequence;
  rewrite.from = std::move(group);
  TARN_TRY(CheckRows(rewrite.from, rewrite.to));
  return rewrite;
}

Status Compact::FilterKeys(engine::Workspace& workspace, const silver::KeyFilterRequest& request,
                           const std::string& select) {
  TARN_ASSIGN(const auto filter, silver::MakeKeyFilter(request, workspace, select));
  const store::PutRequest put{filter.key, filter.body};
  return dependencies_.store.PutAll({&put, 1});
}

Status Compact::Commit(table::Table& table, const table::SnapshotPtr& base, std::vector<Rewrite>& rewrites) {
  const auto planner = [&](const table::SnapshotPtr& newest) -> Result<std::optional<table::CommitIntent>> {
    const auto live = ByPath(*newest);
    const bool same_columns = newest->schema == base->schema;
    table::CommitIntent intent;
    intent.operation = "OPTIMIZE";
    intent.data_change = false;
    for (auto& rewrite : rewrites) {
      rewrite.dropped = !same_columns || !IsUntouched(rewrite.from, live);
      if (rewrite.dropped) continue;
      for (const auto& file : rewrite.from) intent.remove.push_back(file->path);
      intent.add.insert(intent.add.end(), rewrite.to.begin(), rewrite.to.end());
    }
    if (intent.remove.empty()) return std::optional<table::CommitIntent>();
    return std::optional(std::move(intent));
  };
  TARN_TRY(table.Commit(planner, dependencies_.seat_check));
  return {};
}

/// No plan that was put names them; what cannot be deleted here is an orphan.
void Compact::DeleteDropped(const std::string& location, const std::vector<Rewrite>& rewrites) {
  for (const auto& rewrite : rewrites) {
    if (!rewrite.dropped) continue;
    for (const auto& file : rewrite.to) {
      const auto key = location + "/" + file.path;
      if (const auto done = dependencies_.store.Delete(key); !done) {
        LogWarning("a file of a lost compaction stays behind", {{"key", key}, {"error", done.error().ToString()}});
      }
    }
  }
}

Result<CompactOutcome> Compact::Run(const std::string& location, const Columns& columns, bool dry_run) {
  const auto table = dependencies_.tables.Get(location);
  TARN_ASSIGN(const auto base, table->Load());
  auto groups = PlanCompaction(*base, rule_);
  CompactOutcome outcome;
  if (dry_run) {
    for (const auto& group : groups) outcome.files_before += group.size();
    return outcome;
  }
  std::vector<Rewrite> rewrites;
  for (auto& group : groups) {
    outcome.bytes_read += BytesOf(group);
    TARN_ASSIGN(auto rewrite, Write(*table, base, std::move(group), columns));
    for (const auto& file : rewrite.to) outcome.bytes_written += static_cast<uint64_t>(file.size_bytes);
    rewrites.push_back(std::move(rewrite));
  }
  if (rewrites.empty()) return outcome;
  TARN_TRY(Commit(*table, base, rewrites));
  DeleteDropped(location, rewrites);
  for (const auto& rewrite : rewrites) {
    outcome.groups_lost += rewrite.dropped ? 1 : 0;
    if (rewrite.dropped) continue;
    outcome.files_before += rewrite.from.size();
    outcome.files_after += rewrite.to.size();
  }
  return outcome;
}

}  // namespace tarn::upkeep
