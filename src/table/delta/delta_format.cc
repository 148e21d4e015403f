// SPDX-License-Identifier: Apache-2.0
#include "table/delta/delta_format.h"

#include <utility>

#include "table/delta/action_json.h"
#include "table/delta/checkpoint.h"
#include "table/delta/column_mapping.h"
#include "table/delta/deletion_vector.h"
#include "table/delta/delta_state.h"
#include "table/delta/expiry.h"
#include "table/delta/log_loader.h"
#include "table/delta/log_names.h"
#include "table/delta/planner.h"

namespace tarn::table::delta {

Result<SnapshotPtr> DeltaFormat::Load(store::ObjectStore& store, const std::string& location,
                                      const SnapshotPtr& known) {
  return LogLoader(store, location, options_.parquet).Load(known);
}

Result<SnapshotPtr> DeltaFormat::LoadVersion(store::ObjectStore& store, const std::string& location, const SnapshotPtr&,
                                             int64_t version) {
  return LogLoader(store, location, options_.parquet).LoadVersion(version);
}

Result<std::vector<FileDeletes>> DeltaFormat::WriteDeletes(store::ObjectStore& store, const std::string& location,
                                                           const Snapshot& base, std::span<const RowDeletion> rows,
                                                           Randomness& randomness) {
  if (const auto& obstacle = StateOf(base).write_obstacle) {
    return Fail(ErrorCode::kUnsupported, "writing a table with " + *obstacle);
  }
  return WriteVectors(store, location, base, rows, randomness);
}

Result<CommitPlan> DeltaFormat::Plan(const Snapshot& base, const std::string& location, const CommitIntent& intent) {
  auto actions = PlanActions(base, intent, options_.engine_info);
  if (!actions) return Fail(std::move(actions).error().In(location));
  const int64_t version = base.version + 1;
  return CommitPlan{
      .objects = {}, .decisive = {.key = LogEntryName(version), .body = EncodeLogEntry(*actions)}, .version = version};
}

// The entry is read as a loader would read it: what is known after a commit is what everybody else will see.
Result<SnapshotPtr> DeltaFormat::Apply(const SnapshotPtr& base, const CommitIntent&, const CommitPlan& plan) {
  TARN_ASSIGN(ActionSet actions, DecodeLogEntry(plan.decisive.body));
  VersionMark mark = MarkOf(plan.version, actions.commit_info);
  Origin origin;
  if (base->exists()) {
    origin = {.checkpoint_version = StateOf(*base).checkpoint_version, .table_root = StateOf(*base).table_root};
  }
  LogReplay replay(origin.table_root);
  TARN_TRY(replay.Feed(std::move(actions)));
  return MakeSnapshot(base, std::move(replay).Finish(), std::move(mark), std::move(origin));
}

Status DeltaFormat::AfterCommit(store::ObjectStore& store, const std::string& location, const SnapshotPtr& snapshot) {
  if (options_.parquet == nullptr || !snapshot->exists()) return {};
  return WriteCheckpointIfDue(store, location, *snapshot, *options_.parquet);
}

Result<std::vector<int64_t>> DeltaFormat::History(store::ObjectStore& store, const std::string& location,
                                                  const SnapshotPtr& newest) {
  TARN_ASSIGN(auto versions, ListVersions(store, location));
  std::erase_if(versions, [&](int64_t version) { return version > newest->version; });
  return versions;
}

Result<VersionChange> DeltaFormat::LoadChange(store::ObjectStore& store, const std::string& location,
                                              const SnapshotPtr&, int64_t version) {
  return delta::LoadChange(store, location, version);
}

Result<ExpiryPlan> DeltaFormat::PrepareExpiry(store::ObjectStore& store, const std::string& location,
                                              const SnapshotPtr&, const std::set<int64_t>& kept,
                                              const std::set<int64_t>& expired) {
  if (options_.parquet == nullptr) return ExpiryPlan();
  return delta::PrepareExpiry(store, location, {kept, expired}, *options_.parquet);
}

}  // namespace tarn::table::delta
