// SPDX-License-Identifier: Apache-2.0
// What became of a record that was found: from the table as the commit that took the record left it, and as it is now.

#include <algorithm>

#include "lake/keys.h"
#include "lake/table_history.h"
#include "upkeep/trace.h"

namespace tarn::upkeep {
namespace {

std::string OffsetCondition(const std::string& offset) {
  return engine::QuoteIdentifier("_offset") + " = " + engine::QuoteLiteral(offset);
}

std::optional<uint64_t> PositionIn(const table::VersionChange& change) {
  const auto found = change.transactions.find(silver::kPositionTransaction);
  if (found == change.transactions.end()) return std::nullopt;
  return static_cast<uint64_t>(found->second);
}

bool IsStored(const bronze::FoundRecord& record) {
  return record.disposition == "valid" || record.disposition == "unchecked";
}

bool HasSucceeded(gold::RunStatus status) { return status == gold::RunStatus::kSucceeded; }

}  // namespace

/// `_offset` of the rows, the newest first; empty text where another writer made the row.
Result<std::vector<std::string>> Tracer::OffsetsWhere(const std::string& location, const table::SnapshotPtr& snapshot,
                                                      const std::string& condition) {
  std::vector<std::string> offsets;
  if (!snapshot->exists() || snapshot->files.empty()) return offsets;
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("silver", engine::BindSnapshot(location, snapshot)));
  TARN_ASSIGN(const auto rows, workspace->Query("SELECT coalesce(_offset, '') FROM input.silver WHERE " + condition +
                                                " ORDER BY _insert_date DESC NULLS LAST"));
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, rows->Next(batch));
    if (!more) return offsets;
    for (size_t row = 0; row < batch.rows; ++row) {
      offsets.emplace_back(batch.columns[0].At<std::string_view>(row));
    }
  }
}

/// The condition that finds the row of the record's key: its key as the table holds it, decoded by the contract.
Result<std::string> Tracer::ConditionOf(const Place& place, const bronze::FoundRecord& record) {
  const auto offset = record.offset.ToString();
  const auto keys = place.endpoint->contract().key_columns();
  if (keys.empty()) return OffsetCondition(offset);
  auto rows = std::make_shared<bronze::BronzeRows>(bronze::LayoutForSql(place.endpoint, {}),
                                                   std::vector<bronze::RecordUnit>{record.unit});
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("bronze", engine::Bind(rows->schema(), rows)));
  std::string select;
  for (const auto* column : keys) {
    select += (select.empty() ? "SELECT CAST(" : ", CAST(") + engine::QuoteIdentifier(column->name) + " AS VARCHAR)";
  }
  TARN_ASSIGN(const auto stream, workspace->Query(select + " FROM input.bronze WHERE " + OffsetCondition(offset)));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, stream->Next(batch));
  if (!more || batch.rows == 0) return Fail(ErrorCode::kInternal, "the object lost record " + offset);
  std::vector<std::string> key;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!batch.columns[i].IsValid(0)) return OffsetCondition(offset);
    key.emplace_back(batch.columns[i].At<std::string_view>(0));
  }
  return KeyCondition(place.endpoint->contract(), place.snapshot->schema, key);
}

/// Goes back from the newest version to the one that first has the record. `having`: all versions that have it.
Status Tracer::FindCommit(const Place& place, Trace& trace, std::vector<int64_t>& having) {
  const auto position = trace.record->position;
  TARN_ASSIGN(const auto versions, place.table->History());
  TraceCommit commit;
  commit.exact = false;
  size_t looked_at = 0;
  for (auto version = versions.rbegin(); version != versions.rend() && looked_at < kMaxVersions; ++version) {
    ++looked_at;
    auto change = place.table->LoadChange(*version);
    if (!change && change.error().code == ErrorCode::kNotFound) break;  // upkeep let it go
    TARN_TRY(change);
    const auto at = PositionIn(*change);
    commit.exact = commit.version >= 0 && at && *at < position;
    if (commit.exact) break;
    having.push_back(*version);
    if (!at) continue;  // of another writer, or of upkeep
    commit = {*version, change->committed_at, change->operation, false};
    // A rebuild took all records anew.
    if (change->operation == "REBUILD" || !change->parent) commit.exact = true;
    if (commit.exact) break;
  }
  if (commit.version >= 0) trace.commit = commit;
  return {};
}

Status Tracer::Judge(const Place& place, Trace& trace) {
  const auto& record = *trace.record;
  const auto own = record.offset.ToString();
  if (record.operation == "truncate") {  // it is about no key
    if (trace.fate != Fate::kRolledBack) trace.fate = Fate::kDeleted;
    return {};
  }
  TARN_ASSIGN(const auto condition, ConditionOf(place, record));
  TARN_ASSIGN(const auto present, OffsetsWhere(place.location, place.snapshot, condition));
  if (!present.empty()) {
    trace.now = present.front();
    if (place.current) trace.row_condition = condition;
  }
  if (trace.fate == Fate::kRolledBack || !trace.commit) return {};
  TARN_ASSIGN(const auto then, place.table->LoadVersion(trace.commit->version));
  TARN_ASSIGN(const auto offsets, OffsetsWhere(place.location, then, condition));
  const bool deletes = record.operation == "delete";
  const bool is_there = std::ranges::find(offsets, own) != offsets.end();
  if (is_there || !place.endpoint->contract().has_key() || (deletes && offsets.empty())) {
    trace.fate = deletes ? Fate::kDeleted : Fate::kApplied;
    return {};
  }
  trace.fate = Fate::kSuperseded;
  if (!offsets.empty()) trace.other = offsets.front();
  return {};
}

Result<bool> Tracer::FindRefused(const silver::SideManifest& side, Trace& trace) {
  const auto id = trace.record->offset.ToString();
  for (const auto& object : side.refused) {
    TARN_ASSIGN(const auto entries, quarantine::ReadEntries(dependencies_.store, object));
    const auto found = std::ranges::find(entries, id, &quarantine::Entry::id);
    if (found == entries.end()) continue;
    trace.record->errors = found->errors;
    return true;
  }
  return false;
}

Status Tracer::FindGold(const Place& place, const std::vector<int64_t>& having, Trace& trace) {
  const auto upstream = trace.domain + ".silver." + trace.table;
  const bool ordered = place.snapshot->format == "delta";  // versions are numbers in a row
  for (const auto& job : dependencies_.jobs.List()) {
    TARN_ASSIGN(const auto run, dependencies_.runs.LastWith(job->domain, job->name, HasSucceeded));
    if (!run) continue;
    const auto read = run->upstreams.find(upstream);
    if (read == run->upstreams.end()) continue;
    const bool has =
        std::ranges::find(having, read->second) != having.end() || (ordered && read->second >= trace.commit->version);
    if (has) trace.gold.push_back({job->domain + "." + job->name, run->id(), run->started_at, read->second});
  }
  return {};
}

Status Tracer::Decide(Trace& trace) {
  const auto& record = *trace.record;
  const auto review = [&]() -> Status {
    TARN_ASSIGN(const auto entry, dependencies_.quarantine.Get(trace.domain, trace.table, record.offset.ToString()));
    trace.review = entry.status;
    return {};
  };
  if (!IsStored(record)) {
    trace.fate = record.disposition == "rejected" ? Fate::kRejected : Fate::kQuarantined;
    return review();
  }
  if (record.position == 0) return {};
  TARN_ASSIGN(const auto endpoint,
              dependencies_.registry.Historic(trace.domain, trace.table, record.generation, record.schema_version));
  // The newest contract of the same table knows its columns best.
  const auto newest = dependencies_.registry.FindLast(trace.domain, trace.table);
  const bool same = newest && newest->contract().folder_generation == endpoint->contract().folder_generation;
  TARN_ASSIGN(const auto place, PlaceOf(same ? newest : endpoint));
  if (place.position < record.position) return {};
  TARN_ASSIGN(const bool refused, FindRefused(place.side, trace));
  if (refused) {
    trace.fate = Fate::kQuarantined;
    return review();
  }
  std::vector<int64_t> having;
  TARN_TRY(FindCommit(place, trace, having));
  trace.fate = place.side.undone.Contains(record.position) ? Fate::kRolledBack : Fate::kApplied;
  TARN_TRY(Judge(place, trace));
  return trace.commit ? FindGold(place, having, trace) : Status();
}

}  // namespace tarn::upkeep
