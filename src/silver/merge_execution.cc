// SPDX-License-Identifier: Apache-2.0
#include "silver/merge_execution.h"

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "codec/crc32c.h"
#include "lake/keys.h"
#include "lake/rewrite.h"

namespace tarn::silver {
namespace {

/// Files below this size are small; so many of them are folded into the next commit that writes anyway.
constexpr int64_t kSmallFileBytes = 4LL << 20;
constexpr size_t kSmallFilesToAbsorb = 16;
constexpr std::chrono::days kTombstoneRetention{7};

std::string Text(const table::ColumnView& column, size_t row) {
  return column.IsValid(row) ? std::string(column.At<std::string_view>(row)) : std::string();
}

engine::BoundTablePtr Bound(const table::Schema& schema,
                            std::variant<table::PinnedTable, std::shared_ptr<engine::RowSource>, engine::View> source) {
  auto bound = std::make_shared<engine::BoundTable>();
  bound->visible = schema;
  bound->source = std::move(source);
  return bound;
}

/// Files a commit that writes anyway should fold in, so that small ones do not pile up.
void AbsorbSmallFiles(const table::Snapshot& snapshot, std::set<std::string>& names) {
  std::vector<std::string> small;
  for (const auto& file : snapshot.files) {
    if (file->size_bytes < kSmallFileBytes) small.push_back(file->path);
  }
  if (small.size() < kSmallFilesToAbsorb) return;
  for (const auto& path : small) names.insert("/" + path);
}

}  // namespace

MergeExecution::MergeExecution(const MergeDependencies& dependencies, Target target)
    : dependencies_(dependencies),
      target_(std::move(target)),
      sql_(target_.endpoint->contract(), schema_.schema),
      side_(target_.before) {
  has_existing_ = !target_.purged && !target_.base->files.empty();
}

Result<MergeExecution::Merged> MergeExecution::Run(const std::vector<bronze::NumberedEntry>& entries,
                                                   const std::vector<bronze::ObservedField>& fields) {
  schema_ = PlanSchema(*target_.base, target_.endpoint->contract(), fields);
  TARN_ASSIGN(workspace_, dependencies_.engine.OpenWorkspace({}));
  Merged merged;
  merged.intent.operation = sql_.keyed() ? "MERGE" : "WRITE";
  if (schema_.changed || !target_.base->exists()) merged.intent.schema = schema_.schema;
  if (target_.purged) {
    merged.intent.operation = "DELETE";
    for (const auto& file : target_.base->files) merged.intent.remove.push_back(file->path);
  }
  uint64_t incoming_rows = 0;
  for (const auto& [number, entry] : entries) incoming_rows += entry->rows();
  if (incoming_rows > 0) {
    TARN_TRY(BindInputs(entries));
    TARN_TRY(Accept(incoming_rows));
    if (sql_.keyed()) TARN_TRY(FindWinners());
    TARN_TRY(WriteRows(merged.intent));
  }
  merged.side = std::move(side_);
  return merged;
}

Status MergeExecution::BindPinned(const std::string& name, const table::Schema& schema,
                                  std::vector<table::DataFilePtr> files) {
  table::PinnedTable pinned{target_.location, target_.base, std::move(files)};
  return workspace_->AddInput(name, Bound(schema, std::move(pinned)));
}

Status MergeExecution::BindInputs(const std::vector<bronze::NumberedEntry>& entries) {
  auto layout = bronze::LayoutForMerge(target_.endpoint, PayloadColumns(schema_.schema, target_.endpoint->contract()));
  const auto layout_schema = layout.schema;
  auto rows = dependencies_.bronze.RowsToMerge(entries, std::move(layout));
  TARN_TRY(workspace_->AddInput("incoming", Bound(layout_schema, std::move(rows))));
  if (has_existing_) TARN_TRY(BindPinned("existing", schema_.schema, target_.base->files));
  has_tombstones_ = sql_.keyed() && !side_.tombstones.empty();
  if (!has_tombstones_) return {};
  auto snapshot = std::make_shared<table::Snapshot>();
  snapshot->version = 0;
  snapshot->schema = sql_.TombstoneSchema();
  for (const auto& file : side_.tombstones) {
    auto data = std::make_shared<table::DataFile>();
    data->path = file.path;
    data->size_bytes = file.size_bytes;
    data->record_count = file.record_count;
    snapshot->files.push_back(std::move(data));
  }
  table::PinnedTable pinned{lake::SideFolder(target_.location), snapshot, snapshot->files};
  return workspace_->AddInput("tombstones", Bound(snapshot->schema, std::move(pinned)));
}

Result<int64_t> MergeExecution::Count(const std::string& sql) {
  TARN_ASSIGN(const auto stream, workspace_->Query(sql));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, stream->Next(batch));
  if (!more || batch.rows != 1) return Fail(ErrorCode::kInternal, "a count gave no row");
  return batch.columns[0].At<int64_t>(0);
}

Status MergeExecution::Accept(uint64_t incoming_rows) {
  TARN_TRY(workspace_->Execute(sql_.CreateAccepted()));
  TARN_ASSIGN(const auto accepted, Count("SELECT count(*) FROM accepted"));
  side_.counters.quarantined += incoming_rows - static_cast<uint64_t>(accepted);
  TARN_ASSIGN(const auto refused, Count("SELECT count(*) FROM accepted WHERE _refuse"));
  if (refused > 0) TARN_TRY(PutRefused());
  side_.counters.quarantined += static_cast<uint64_t>(refused);
  if (!sql_.keyed()) side_.counters.applied += static_cast<uint64_t>(accepted - refused);
  return {};
}

Status MergeExecution::PutRefused() {
  TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectRefused()));
  std::vector<quarantine::Entry> entries;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream->Next(batch));
    if (!more) break;
    for (size_t row = 0; row < batch.rows; ++row) {
      quarantine::Entry entry;
      entry.id = Text(batch.columns[0], row);
      entry.status = quarantine::kPending;
      entry.errors.push_back({"", Text(batch.columns[1], row), "merge_refused"});
      entry.payload = Text(batch.columns[2], row);
      entry.schema_version = static_cast<uint64_t>(batch.columns[3].At<int32_t>(row));
      entry.request_id = Text(batch.columns[4], row);
      entry.received_at = {batch.columns[5].At<int64_t>(row)};
      entries.push_back(std::move(entry));
    }
  }
  TARN_ASSIGN(const auto body, quarantine::EncodeEntries(entries));
  const auto& contract = target_.endpoint->contract();
  const auto key = lake::QuarantineObjectKey(contract.domain, contract.name, dependencies_.clock.Now(),
                                             "merge-" + NewUuid(dependencies_.randomness));
  const store::PutRequest put{key, body};
  TARN_TRY(dependencies_.store.PutAll({&put, 1}));
  side_.refused.push_back({key, body.size(), codec::Crc32c(body), entries.size()});
  return {};
}

Status MergeExecution::FindWinners() {
  TARN_TRY(workspace_->Execute(sql_.CreateLatest()));
  if (has_existing_) TARN_TRY(workspace_->Execute(sql_.CreateHits()));
  TARN_TRY(workspace_->Execute(sql_.CreateWinners(has_existing_, has_tombstones_)));
  TARN_ASSIGN(const auto candidates, Count("SELECT count(*) FROM accepted WHERE NOT _refuse"));
  TARN_ASSIGN(const auto winners, Count("SELECT count(*) FROM winners"));
  TARN_ASSIGN(const auto deletes, Count("SELECT count(*) FROM winners WHERE _op = 'delete'"));
  side_.counters.superseded += static_cast<uint64_t>(candidates - winners);
  side_.counters.deleted += static_cast<uint64_t>(deletes);
  side_.counters.applied += static_cast<uint64_t>(winners - deletes);
  if (deletes > 0) TARN_TRY(WriteTombstones());
  return {};
}

Status MergeExecution::WriteTombstones() {
  const bool consolidate = side_.tombstones.size() + 1 > SideManifest::kMaxObjects;
  std::string oldest;
  if (!target_.endpoint->contract().sequence_by) {
    const auto kept = std::chrono::duration_cast<std::chrono::microseconds>(kTombstoneRetention).count();
    oldest = FormatTimestamp({dependencies_.clock.Now().micros - kept});
  }
  engine::WriteRequest request;
  request.select = sql_.TombstonesToWrite(consolidate, oldest);
  request.schema = sql_.TombstoneSchema();
  request.location = lake::SideFolder(target_.location);
  TARN_ASSIGN(const auto written, workspace_->WriteParquet(request));
  if (consolidate) side_.tombstones.clear();
  for (const auto& file : written) side_.tombstones.push_back({file.path, file.size_bytes, file.record_count});
  return {};
}

Result<std::vector<table::DataFilePtr>> MergeExecution::FilesToRewrite() {
  if (!has_existing_) return std::vector<table::DataFilePtr>();
  if (!schema_.widened.empty()) return target_.base->files;
  std::set<std::string> names;
  if (sql_.keyed()) {
    TARN_ASSIGN(names, lake::FileNames(*workspace_, sql_.FilesToRewrite()));
  }
  AbsorbSmallFiles(*target_.base, names);
  return lake::FilesNamed(*target_.base, names);
}

std::set<int32_t> MergeExecution::ColumnsThatBecomeJson() const {
  std::set<int32_t> ids;
  for (const auto& field : schema_.schema.fields) {
    if (field.type.kind == table::TypeKind::kJson && schema_.widened.contains(field.id)) ids.insert(field.id);
  }
  return ids;
}

table::Schema MergeExecution::StoredSchema(const std::set<int32_t>& to_json) const {
  auto schema = schema_.schema;
  for (auto& field : schema.fields) {
    const auto stored = target_.base->schema.IndexOf(field.name);
    if (stored && to_json.contains(field.id)) field.type = target_.base->schema.fields[*stored].type;
  }
  return schema;
}

Status MergeExecution::WriteRows(table::CommitIntent& intent) {
  TARN_ASSIGN(auto rewritten, FilesToRewrite());
  for (const auto& file : rewritten) intent.remove.push_back(file->path);
  const bool rewrites = !rewritten.empty();
  const auto to_json = ColumnsThatBecomeJson();
  if (rewrites) TARN_TRY(BindPinned("rewritten", StoredSchema(to_json), std::move(rewritten)));
  engine::WriteRequest request;
  request.select = sql_.RowsToWrite(rewrites, to_json);
  request.schema = schema_.schema;
  request.location = target_.location;
  TARN_CRASH_POINT("silver.before_write");
  TARN_ASSIGN(intent.add, workspace_->WriteParquet(request));
  TARN_CRASH_POINT("silver.after_write");
  return {};
}

}  // namespace tarn::silver
