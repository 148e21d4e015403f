// SPDX-License-Identifier: Apache-2.0
#include "silver/merge_execution.h"

#include <algorithm>

#include "base/crash_point.h"
#include "bronze/bronze_rows.h"
#include "engine/lazy_workspace.h"
#include "engine/select_numbers.h"
#include "lake/keys.h"
#include "quarantine/put_entries.h"
#include "silver/file_plan.h"
#include "silver/key_hash.h"
#include "silver/make_key_filter.h"
#include "silver/number_rows.h"
#include "silver/removal_mode.h"
#include "table/deleted_rows.h"

namespace tarn::silver {
namespace {

std::string Text(const table::ColumnView& column, size_t row) {
  return column.IsValid(row) ? std::string(column.At<std::string_view>(row)) : std::string();
}

}  // namespace

MergeExecution::MergeExecution(const MergeDependencies& dependencies, MergeCaches& caches, Target target)
    : dependencies_(dependencies),
      caches_(caches),
      target_(std::move(target)),
      sql_(target_.endpoint->contract(), schema_.schema),
      truncate_(sql_.order()),
      workspace_(std::make_unique<engine::LazyWorkspace>(dependencies.engine)),
      side_(target_.before),
      removal_mode_(dependencies.merge_on_read ? RemovalMode::kMark : RemovalMode::kRewrite) {
  has_existing_ = !target_.purged && !target_.base->files.empty();
  folds_ = FoldSql::IsNeeded(target_.endpoint->contract());
}

Result<MergeExecution::Merged> MergeExecution::Run(const std::vector<bronze::NumberedEntry>& entries,
                                                   const std::vector<bronze::ObservedField>& fields) {
  schema_ = PlanSchema(*target_.base, target_.endpoint->contract(), fields);
  Merged merged;
  merged.intent.operation = sql_.keyed() ? "MERGE" : "WRITE";
  if (schema_.changed || !target_.base->exists()) merged.intent.schema = schema_.schema;
  if (!target_.base->exists()) {
    merged.intent.properties = PropertiesFor(target_.endpoint->contract().format, removal_mode_);
  }
  if (target_.purged) {
    merged.intent.operation = "DELETE";
    for (const auto& file : target_.base->files) merged.intent.remove.push_back(file->path);
  }
  const auto incoming = SizeOf(entries);
  if (incoming.rows > 0) {
    TARN_TRY(BindIncoming(entries));
    TARN_TRY(sql_.keyed() ? Upsert(incoming, merged.intent) : Append(merged.intent));
    TARN_TRY(CountRefused());
  }
  merged.side = std::move(side_);
  merged.intent.pending = std::move(pending_);
  return merged;
}

MergeExecution::IncomingSize MergeExecution::SizeOf(const std::vector<bronze::NumberedEntry>& entries) {
  IncomingSize size;
  for (const auto& entry : entries) {
    size.rows += entry.rows();
    for (const auto& object : entry.entry->objects) size.object_bytes += object.size_bytes;
  }
  return size;
}

Status MergeExecution::BindPinned(const std::string& name, const table::Schema& schema,
                                  std::vector<table::DataFilePtr> files) {
  table::PinnedTable pinned{target_.location, target_.base, std::move(files)};
  return workspace_->AddInput(name, engine::Bind(schema, std::move(pinned)));
}

Status MergeExecution::BindIncoming(const std::vector<bronze::NumberedEntry>& entries) {
  const auto& contract = target_.endpoint->contract();
  auto layout = bronze::LayoutForMerge(target_.endpoint, PayloadColumns(schema_.schema, contract));
  auto rows = dependencies_.bronze.RowsToMerge(entries, std::move(layout));
  incoming_ = std::make_shared<CheckedRows>(std::move(rows), contract, target_.handled);
  return workspace_->AddInput("incoming",
                              engine::Bind(incoming_->schema(), std::shared_ptr<engine::RowSource>(incoming_)));
}

void MergeExecution::Keep(std::vector<table::PendingObject> objects) {
  for (auto& object : objects) pending_.push_back(std::move(object));
}

Status MergeExecution::Append(table::CommitIntent& intent) {
  TARN_ASSIGN(auto plan, PlanFiles({}));
  TARN_TRY(WriteRows(std::move(plan.rewrite), intent));
  if (incoming_->tally().truncates > 0) return AppendBehindTruncate(intent);
  side_.counters.applied += incoming_->tally().merged();
  return {};
}

/// That there is a truncate shows once all records were read: those behind it are written anew.
Status MergeExecution::AppendBehindTruncate(table::CommitIntent& intent) {
  pending_.clear();
  intent.add.clear();
  TARN_TRY(FindTruncate(intent));
  const auto behind = "NOT " + truncate_.IsBeforeLast("incoming");
  sql_.UseRecords(behind);
  TARN_ASSIGN(const auto applied, engine::SelectNumber(*workspace_, "SELECT count(*) FROM (" + sql_.NewRows() + ")"));
  side_.counters.applied += static_cast<uint64_t>(applied);
  side_.counters.superseded += incoming_->tally().merged() - static_cast<uint64_t>(applied);
  return applied > 0 ? WriteRows({}, intent) : Status();
}

Status MergeExecution::Upsert(const IncomingSize& incoming, table::CommitIntent& intent) {
  TARN_ASSIGN(const auto latest, CollectLatest(incoming));
  TARN_TRY(FindTruncate(intent));
  const auto& tally = incoming_->tally();
  Hits hits;
  if (latest > 0 || truncated_at_) {
    TARN_ASSIGN(hits, FindHits(latest));
  }
  TARN_TRY(DropLosers(hits));
  const auto winners = latest - hits.losers.size();
  uint64_t deletes = 0;
  if (tally.deletes > 0) {
    TARN_ASSIGN(deletes, CountDeletes());
  }
  Fates fates{winners - deletes, deletes};
  const auto& contract = target_.endpoint->contract();
  const FoldSql fold(contract, schema_.schema, sql_.order());
  if (folds_ && winners > 0) {
    TARN_ASSIGN(fates, Fold(fold, hits));
  }
  side_.counters.superseded += tally.merged() - fates.applied - fates.deleted - forgotten_.size();
  side_.counters.deleted += fates.deleted;
  side_.counters.applied += fates.applied;
  if (deletes > 0 && !contract.soft_delete) TARN_TRY(WriteTombstones());
  if (truncated_at_) TARN_TRY(WriteTruncate());
  auto replaced = hits.Replaced();
  TARN_ASSIGN(auto plan, PlanFiles(replaced));
  for (const auto& file : plan.drop) intent.remove.push_back(file->path);
  TARN_TRY(MarkRows(std::move(replaced), plan, intent));
  const bool deletes_leave_rows = contract.soft_delete || contract.history == contract::History::kScd2;
  if (plan.rewrite.empty() && winners == (deletes_leave_rows ? 0 : deletes)) return {};
  return WriteRows(std::move(plan.rewrite), intent);
}

Result<MergeExecution::Fates> MergeExecution::Fold(const FoldSql& fold, const Hits& hits) {
  incoming_->StopCounting();  // the records are read once more
  const auto to_json = ColumnsThatBecomeJson();
  if (!hits.files.empty()) TARN_TRY(BindPinned("stored_rows", StoredSchema(to_json), hits.files));
  std::vector<std::string> beaten;
  if (truncated_at_) beaten.push_back(truncate_.IsBeforeLast("i"));
  if (MayBeBefore(side_.truncated)) beaten.push_back(truncate_.IsTruncated("i"));
  const auto dead_rows = truncated_at_ ? truncate_.IsDeadRow("e") : std::string();
  TARN_TRY(workspace_->Execute(fold.CreateStored(!hits.files.empty(), to_json, dead_rows)));
  TARN_ASSIGN(const auto applied,
              workspace_->Execute(fold.CreateApplied(!side_.tombstones.empty(), Join(beaten, " OR "))));
  TARN_ASSIGN(const auto deletes, engine::SelectNumber(*workspace_, fold.CountDeletes()));
  sql_.UseNewRows(fold.NewRows());
  const auto deleted = static_cast<uint64_t>(deletes);
  return Fates{applied - deleted, deleted};
}

Result<uint64_t> MergeExecution::CollectLatest(const IncomingSize& incoming) {
  const bool small = incoming.rows <= SmallBatch::kMaxRows && incoming.object_bytes <= SmallBatch::kMaxObjectBytes;
  if (folds_ || !small || !SmallBatch::CanHold(schema_.schema)) {
    return workspace_->Execute(sql_.CreateLatest());
  }
  TARN_ASSIGN(auto batch, SmallBatch::Read(*incoming_, target_.endpoint->contract(), schema_.schema));
  sql_.UseLatestInput();
  TARN_TRY(BindLatest(std::move(batch)));
  return small_->size();
}

Status MergeExecution::BindLatest(std::shared_ptr<SmallBatch> batch) {
  small_ = std::move(batch);
  return workspace_->AddInput("latest", engine::Bind(small_->schema(), std::shared_ptr<engine::RowSource>(small_)));
}

Result<uint64_t> MergeExecution::CountDeletes() {
  if (small_) return small_->deletes();
  TARN_ASSIGN(const auto counted, engine::SelectNumber(*workspace_, sql_.CountDeletes()));
  return static_cast<uint64_t>(counted);
}

Result<Hits> MergeExecution::FindHits(uint64_t latest) {
  Hits hits;
  if (has_existing_ && truncated_at_) {
    hits.files = target_.base->files;
  } else if (has_existing_) {
    TARN_ASSIGN(hits.files, FilesToLookInto());
  }
  if (latest > 0 && !hits.files.empty()) TARN_TRY(FindStored(hits));
  if (latest > 0 && !side_.tombstones.empty()) TARN_TRY(FindBuried(hits));
  TARN_TRY(FindTruncated(latest, hits));
  TARN_TRY(FindForgotten(latest, hits));
  return hits;
}

std::vector<std::string> MergeExecution::KeyColumns() const {
  std::vector<std::string> names;
  for (const auto* column : target_.endpoint->contract().key_columns()) names.push_back(column->name);
  return names;
}

Result<std::vector<table::DataFilePtr>> MergeExecution::FilesToLookInto() {
  const auto& tally = incoming_->tally();
  auto files = CandidateFiles(*target_.base, tally.keys);
  if (tally.key_hashes.size() > KeyHashes::kMax) return files;
  const KeyHashes keys{KeyFingerprint(schema_.schema, KeyColumns()), tally.key_hashes};
  return caches_.key_filters.FilesThatMayHold(target_.location, std::move(files), keys);
}

Status MergeExecution::FindStored(Hits& hits) {
  TARN_TRY(BindPinned("existing", schema_.schema, hits.files));
  const bool older = AllBelow(*target_.base, hits.files, incoming_->tally().inserted);
  const auto order = older ? HitOrder::kRowsAreOlder : HitOrder::kUnknown;
  TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectHits(order)));
  return ReadHits(*stream, hits);
}

Status MergeExecution::DropLosers(const Hits& hits) {
  if (hits.losers.empty()) return {};
  if (small_) return BindLatest(small_->Without(hits.losers));
  TARN_TRY(BindNumbers("losers", {hits.losers.begin(), hits.losers.end()}));
  TARN_TRY(workspace_->Execute(sql_.DeleteLosers()));
  return {};
}

Status MergeExecution::BindNumbers(const std::string& name, std::vector<int64_t> ordinals) {
  auto numbers = std::make_shared<NumberRows>(bronze::kOrdinalColumn, std::move(ordinals));
  const auto schema = numbers->schema();
  return workspace_->AddInput(name, engine::Bind(schema, std::shared_ptr<engine::RowSource>(std::move(numbers))));
}

Status MergeExecution::CountRefused() {
  const auto& tally = incoming_->tally();
  side_.counters.quarantined += tally.quarantined + tally.refused + forgotten_.size();
  if (tally.refused + forgotten_.size() == 0) return {};
  incoming_->StopCounting();
  return PutRefused();
}

Status MergeExecution::PutRefused() {
  const bool late = !forgotten_.empty();
  if (late) TARN_TRY(BindNumbers("late", forgotten_));
  TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectRefused(late)));
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
  const auto& contract = target_.endpoint->contract();
  const auto key = lake::QuarantineObjectKey(contract.domain, contract.name, dependencies_.clock.Now(),
                                             "merge-" + NewUuid(dependencies_.randomness));
  TARN_ASSIGN(auto refused, quarantine::PutEntries(dependencies_.store, key, entries));
  side_.refused.push_back(std::move(refused));
  return {};
}

Result<std::optional<uint64_t>> MergeExecution::DeletedBefore(const table::DataFile& file) const {
  const auto by_position = [](const auto& one) { return one->content == table::DeleteContent::kPositions; };
  if (std::ranges::none_of(file.deletes, by_position)) return std::optional<uint64_t>();
  TARN_ASSIGN(const auto rows, table::LoadDeletedRows(dependencies_.store, dependencies_.parquet, target_.location,
                                                      file, &caches_.position_deletes));
  return std::optional(rows.Cardinality());
}

Result<FilePlan> MergeExecution::PlanFiles(const std::vector<RowMarks>& replaced) const {
  if (!has_existing_) return FilePlan();
  std::vector<FileHits> hits;
  for (const auto& mark : replaced) {
    TARN_ASSIGN(const auto deleted, DeletedBefore(*mark.file));
    hits.push_back({mark.file, mark.rows.Cardinality(), deleted});
  }
  const auto mode = schema_.widened.empty() ? RemovalModeOf(target_.base->format, *target_.base, removal_mode_)
                                            : RemovalMode::kRewriteAll;
  return PlanRemovals(*target_.base, hits, mode, dependencies_.cost_rule);
}

Status MergeExecution::MarkRows(std::vector<RowMarks> replaced, const FilePlan& plan, table::CommitIntent& intent) {
  std::erase_if(replaced,
                [&](const RowMarks& one) { return std::ranges::find(plan.mark, one.file) == plan.mark.end(); });
  if (replaced.empty()) return {};
  const MarkTarget target{dependencies_.store,
                          dependencies_.parquet,
                          caches_.position_deletes,
                          target_.table->format(),
                          dependencies_.randomness,
                          target_.location,
                          *target_.base};
  TARN_ASSIGN(intent.deletes, WriteMarks(target, std::move(replaced)));
  return {};
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

Status MergeExecution::WriteRows(std::vector<table::DataFilePtr> rewritten, table::CommitIntent& intent) {
  for (const auto& file : rewritten) intent.remove.push_back(file->path);
  const bool rewrites = !rewritten.empty();
  const auto to_json = ColumnsThatBecomeJson();
  if (rewrites) TARN_TRY(BindPinned("rewritten", StoredSchema(to_json), std::move(rewritten)));
  const auto select = sql_.RowsToWrite(rewrites, to_json);
  TARN_CRASH_POINT("silver.before_write");
  const auto rows = small_ && !rewrites ? small_->Upserts() : nullptr;
  TARN_ASSIGN(auto written,
              rows ? dependencies_.engine.PrepareRows({*rows, schema_.schema, target_.location}) : WriteBySql(select));
  Keep(std::move(written.pending));
  intent.add = std::move(written.files);
  TARN_CRASH_POINT("silver.after_write");
  // Which rows are in which of several files is not known.
  return intent.add.size() == 1 ? FilterKeys(rows.get(), select, intent.add.front()) : Status();
}

Result<engine::PreparedParquet> MergeExecution::WriteBySql(const std::string& select) {
  engine::WriteRequest request;
  request.select = select;
  request.schema = schema_.schema;
  request.location = target_.location;
  return workspace_->PrepareParquet(request);
}

Status MergeExecution::FilterKeys(SmallBatch* rows, const std::string& select, const table::DataFile& file) {
  if (!sql_.keyed() || !caches_.key_filters.Wants(file.record_count)) return {};
  const auto key = KeyColumns();
  const KeyFilterRequest request{target_.location, file.path, schema_.schema, key};
  if (rows == nullptr) {
    TARN_ASSIGN(auto filter, MakeKeyFilter(request, *workspace_, select));
    pending_.push_back(std::move(filter));
    return {};
  }
  std::vector<size_t> slots;
  for (const auto& name : key) slots.push_back(schema_.schema.IndexOf(name).value());
  TARN_ASSIGN(const auto reader, rows->Open(0, slots));
  TARN_ASSIGN(auto hashes, ReadKeyHashes(*reader));
  TARN_ASSIGN(auto filter, MakeKeyFilter(request, std::move(hashes)));
  pending_.push_back(std::move(filter));
  return {};
}

}  // namespace tarn::silver
