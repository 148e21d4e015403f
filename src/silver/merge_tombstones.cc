// SPDX-License-Identifier: Apache-2.0
// What a merge does with deletions that came before it: tombstones, truncates, and the place up to which tombstones
// were forgotten (durability.md §5.2, §5.3).

#include "engine/select_numbers.h"
#include "lake/keys.h"
#include "silver/merge_execution.h"
#include "silver/side_table.h"

namespace tarn::silver {
namespace {

/// Without a sequence only records of other nodes can come late.
constexpr std::chrono::days kTombstoneRetention{7};

}  // namespace

Status MergeExecution::BindTombstones() { return BindSide("tombstones", sql_.TombstoneSchema(), side_.tombstones); }

Status MergeExecution::BindTruncated() {
  return BindSide("truncated", truncate_.PlaceSchema(schema_.schema), {side_.truncated->file});
}

Status MergeExecution::BindForgotten() {
  return BindSide("forgotten", truncate_.PlaceSchema(schema_.schema), {side_.forgotten->file});
}

Status MergeExecution::BindSide(const std::string& name, table::Schema schema,
                                const std::vector<TombstoneFile>& files) {
  return workspace_->AddInput(name, BindSideFiles(target_.location, std::move(schema), files));
}

Status MergeExecution::FindTruncate(table::CommitIntent& intent) {
  const auto truncates = incoming_->tally().truncates;
  if (truncates == 0) return {};
  incoming_->StopCounting();
  TARN_TRY(workspace_->Execute(truncate_.CreateLast()));
  if (sql_.keyed() && side_.truncated) {
    TARN_TRY(BindTruncated());
    TARN_TRY(workspace_->Execute(truncate_.DropIfSuperseded()));
  }
  TARN_ASSIGN(const auto stream, workspace_->Query(truncate_.SelectArrival()));
  table::BatchView batch;
  TARN_ASSIGN(const bool counts, stream->Next(batch));
  if (counts && batch.rows > 0) truncated_at_ = Timestamp{batch.columns[0].At<int64_t>(0)};
  const uint64_t last = truncated_at_ ? 1 : 0;
  side_.counters.deleted += last;
  side_.counters.superseded += truncates - last;
  if (!truncated_at_) return {};
  if (truncate_.by_sequence()) {
    sql_.UseDeadRows(truncate_.IsDeadRow("r"));
  } else {
    DropAllRows(intent);
  }
  return {};
}

/// Without a sequence every stored row came before the truncate.
void MergeExecution::DropAllRows(table::CommitIntent& intent) {
  intent.remove.clear();
  for (const auto& file : target_.base->files) intent.remove.push_back(file->path);
  has_existing_ = false;
}

bool MergeExecution::MayBeBefore(const std::optional<PlaceFile>& place) const {
  if (!place) return false;
  if (truncate_.by_sequence()) return true;
  const auto* oldest = std::get_if<table::TimestampValue>(&incoming_->tally().inserted.lower);
  return oldest == nullptr || oldest->micros < place->insert_date.micros;
}

Status MergeExecution::FindTruncated(uint64_t latest, Hits& hits) {
  if (truncated_at_ && !hits.files.empty()) {
    TARN_TRY(BindPinned("whole", schema_.schema, hits.files));
    TARN_ASSIGN(const auto stream, workspace_->Query(truncate_.SelectDeadRows()));
    TARN_TRY(ReadHits(*stream, hits));
  }
  if (latest > 0 && truncated_at_) {
    TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectBeaten(truncate_.IsBeforeLast("l"))));
    TARN_TRY(ReadBuried(*stream, hits));
  }
  if (latest == 0 || !MayBeBefore(side_.truncated)) return {};
  TARN_TRY(BindTruncated());
  TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectBeaten(truncate_.IsTruncated("l"))));
  return ReadBuried(*stream, hits);
}

Status MergeExecution::FindBuried(Hits& hits) {
  TARN_TRY(BindTombstones());
  TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectBuried()));
  return ReadBuried(*stream, hits);
}

Status MergeExecution::FindForgotten(uint64_t latest, Hits& hits) {
  if (latest == 0 || !MayBeBefore(side_.forgotten)) return {};
  TARN_TRY(BindForgotten());
  TARN_ASSIGN(const auto stream, workspace_->Query(sql_.SelectBeaten(truncate_.IsForgotten("l"))));
  Hits beaten;
  TARN_TRY(ReadBuried(*stream, beaten));
  // A row that is there came behind whatever deleted its key, and so did what is later than the row.
  for (const auto& hit : hits.rows) beaten.losers.erase(hit.ordinal);
  for (const auto ordinal : hits.losers) beaten.losers.erase(ordinal);
  hits.losers.insert(beaten.losers.begin(), beaten.losers.end());
  forgotten_ = std::vector<int64_t>(beaten.losers.begin(), beaten.losers.end());
  return {};
}

Result<PlaceFile> MergeExecution::WritePlace(const std::string& select) {
  TARN_ASSIGN(const auto insert_date,
              engine::SelectNumber(*workspace_, "SELECT epoch_us(_insert_date) FROM (" + select + ")"));
  engine::WriteRequest request;
  request.select = select;
  request.schema = truncate_.PlaceSchema(schema_.schema);
  request.location = lake::SideFolder(target_.location);
  TARN_ASSIGN(auto written, workspace_->PrepareParquet(request));
  if (written.files.size() != 1) return Fail(ErrorCode::kInternal, "a place in the order of records was not written");
  Keep(std::move(written.pending));
  const auto& file = written.files.front();
  return PlaceFile{{file.path, file.size_bytes, file.record_count}, {insert_date}};
}

Status MergeExecution::WriteTruncate() {
  TARN_ASSIGN(side_.truncated, WritePlace(truncate_.SelectPlace()));
  return {};
}

std::string MergeExecution::OldestTombstone() const {
  const auto& contract = target_.endpoint->contract();
  auto retention = contract.tombstone_retention;
  if (!retention && !contract.sequence_by) retention = kTombstoneRetention;
  if (!retention) return "";
  const auto kept = std::chrono::duration_cast<std::chrono::microseconds>(*retention).count();
  return FormatTimestamp({dependencies_.clock.Now().micros - kept});
}

Status MergeExecution::Forget(const std::string& oldest) {
  TARN_ASSIGN(const auto dropped, engine::SelectNumber(*workspace_, sql_.CountTombstonesBefore(oldest)));
  if (dropped == 0) return {};
  if (side_.forgotten) TARN_TRY(BindForgotten());
  TARN_ASSIGN(side_.forgotten, WritePlace(sql_.SelectForgotten(oldest, side_.forgotten.has_value())));
  return {};
}

Status MergeExecution::WriteTombstones() {
  const bool consolidate = side_.tombstones.size() + 1 > SideManifest::kMaxTombstoneFiles;
  const auto oldest = OldestTombstone();
  if (consolidate && !oldest.empty()) TARN_TRY(Forget(oldest));
  engine::WriteRequest request;
  request.select = sql_.TombstonesToWrite(consolidate, oldest);
  request.schema = sql_.TombstoneSchema();
  request.location = lake::SideFolder(target_.location);
  TARN_ASSIGN(auto written, workspace_->PrepareParquet(request));
  Keep(std::move(written.pending));
  if (consolidate) side_.tombstones.clear();
  for (const auto& file : written.files) side_.tombstones.push_back({file.path, file.size_bytes, file.record_count});
  return {};
}

}  // namespace tarn::silver
