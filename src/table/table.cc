// SPDX-License-Identifier: Apache-2.0
#include "table/table.h"

#include <algorithm>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/crash_point.h"

namespace tarn::table {
namespace {

constexpr int kMaxBackoffShift = 6;  // 64 ms

/// Whether the files that the intent replaces still have the rows its writer read.
Status CheckRewritten(const Snapshot& base, const CommitIntent& intent) {
  if (intent.rewritten_from == nullptr || intent.rewritten_from->version == base.version) return {};
  std::unordered_map<std::string_view, const DataFile*> live;
  for (const DataFilePtr& file : base.files) live.emplace(file->path, file.get());
  const std::unordered_set<std::string_view> removed(intent.remove.begin(), intent.remove.end());
  for (const DataFilePtr& file : intent.rewritten_from->files) {
    if (!removed.contains(file->path)) continue;
    const auto found = live.find(file->path);
    if (found == live.end() || !found->second->SameRows(*file)) {
      return Fail(ErrorCode::kConflict, "a file was rewritten whose rows changed since: " + file->path);
    }
  }
  return {};
}

}  // namespace

Table::Table(Dependencies dependencies, std::string location)
    : dependencies_(dependencies), location_(std::move(location)) {}

Result<SnapshotPtr> Table::Load() {
  SnapshotPtr known;
  {
    const std::lock_guard lock(mutex_);
    const auto age = dependencies_.clock.Steady() - looked_at_;
    if (known_ != nullptr && age < dependencies_.store.max_staleness()) return known_;
    if (age < kMaxKnowledgeAge) known = known_;
  }
  return LoadFrom(known);
}

Result<SnapshotPtr> Table::LoadVersion(int64_t version) {
  TARN_ASSIGN(SnapshotPtr newest, Load());
  if (!newest->exists()) return Fail(ErrorCode::kNotFound, "the table does not exist: " + location_);
  if (version >= 0 && newest->snapshot_id == version) return newest;
  return dependencies_.format.LoadVersion(dependencies_.store, location_, newest, version);
}

Result<std::vector<int64_t>> Table::History() {
  TARN_ASSIGN(const SnapshotPtr newest, Load());
  if (!newest->exists()) return std::vector<int64_t>();
  return dependencies_.format.History(dependencies_.store, location_, newest);
}

Result<VersionChange> Table::LoadChange(int64_t version) {
  TARN_ASSIGN(const SnapshotPtr newest, Load());
  if (!newest->exists()) return Fail(ErrorCode::kNotFound, "the table does not exist: " + location_);
  return dependencies_.format.LoadChange(dependencies_.store, location_, newest, version);
}

Result<std::optional<int64_t>> Table::VersionAt(Timestamp at) {
  TARN_ASSIGN(const SnapshotPtr newest, Load());
  if (!newest->exists()) return std::nullopt;
  return dependencies_.format.VersionAt(dependencies_.store, location_, newest, at);
}

Result<std::optional<std::set<std::string>>> Table::MetadataInUse() {
  TARN_ASSIGN(const SnapshotPtr newest, Load());
  if (!newest->exists()) return std::nullopt;
  return dependencies_.format.MetadataInUse(dependencies_.store, location_, newest);
}

Result<SnapshotPtr> Table::LoadFrom(const SnapshotPtr& known) {
  const auto looked_at = dependencies_.clock.Steady();
  TARN_ASSIGN(SnapshotPtr snapshot, dependencies_.format.Load(dependencies_.store, location_, known));
  Remember(snapshot, looked_at);
  return snapshot;
}

SnapshotPtr Table::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

void Table::Remember(const SnapshotPtr& snapshot, std::chrono::steady_clock::time_point looked_at) {
  const std::lock_guard lock(mutex_);
  if (known_ != nullptr && known_->version > snapshot->version) return;
  known_ = snapshot;
  looked_at_ = looked_at;
}

Result<Table::Outcome> Table::Commit(const Planner& planner, const Guard& guard) {
  const auto maker = [&](const SnapshotPtr& base) -> Result<std::optional<Step>> {
    TARN_ASSIGN(std::optional<CommitIntent> intent, planner(base));
    if (!intent) return std::optional<Step>();
    if (intent->now.micros == 0) intent->now = dependencies_.clock.Now();
    if (intent->commit_id.empty()) intent->commit_id = NewUuid(dependencies_.randomness);
    TARN_TRY(CheckRewritten(*base, *intent));
    TARN_ASSIGN(CommitPlan plan, dependencies_.format.Plan(*base, location_, *intent));
    auto pending = std::exchange(intent->pending, {});
    auto apply = [this, base, intent = *std::move(intent)](const CommitPlan& planned) {
      return dependencies_.format.Apply(base, intent, planned);
    };
    return std::optional(Step{std::move(plan), std::move(pending), std::move(apply)});
  };
  return CommitSteps(maker, guard);
}

Result<Table::Outcome> Table::CommitPlanned(const PlanMaker& maker, const Guard& guard) {
  const auto steps = [&maker](const SnapshotPtr& base) -> Result<std::optional<Step>> {
    TARN_ASSIGN(std::optional<PlannedCommit> planned, maker(base));
    if (!planned) return std::optional<Step>();
    auto apply = [made = std::move(planned->made)](const CommitPlan&) { return Result<SnapshotPtr>(made); };
    return std::optional(Step{std::move(planned->plan), {}, std::move(apply)});
  };
  return CommitSteps(steps, guard);
}

Result<Table::Outcome> Table::CommitSteps(const StepMaker& maker, const Guard& guard) {
  TARN_ASSIGN(SnapshotPtr base, Load());
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (attempt > 0) {
      Backoff(attempt);
      TARN_ASSIGN(base, LoadFrom(known()));
    }
    const auto base_read_at = dependencies_.clock.Steady();
    TARN_ASSIGN(const std::optional<Step> step, maker(base));
    if (!step) return Outcome{.snapshot = base, .committed = false};
    TARN_ASSIGN(const bool won, TryCommit(base, *step, guard, base_read_at));
    if (!won) continue;
    TARN_ASSIGN(SnapshotPtr made, step->apply(step->plan));
    Remember(made, dependencies_.clock.Steady());
    dependencies_.format.OnCommitted(dependencies_.store, location_, made);
    return Outcome{.snapshot = std::move(made), .committed = true};
  }
  return Fail(ErrorCode::kConflict, "other writers kept winning the table commit: " + location_);
}

Result<ExpiryPlan> Table::Expire(const std::set<int64_t>& kept, const std::set<int64_t>& expired, const Guard& guard) {
  ExpiryPlan plan;
  const auto planner = [&](const SnapshotPtr& base) -> Result<std::optional<CommitIntent>> {
    plan = ExpiryPlan();
    if (!base->exists()) return std::nullopt;
    TARN_ASSIGN(plan, dependencies_.format.PrepareExpiry(dependencies_.store, location_, base, kept, expired));
    if (!plan.by_commit || plan.versions.empty()) return std::nullopt;
    CommitIntent intent;
    intent.operation = "EXPIRE";
    intent.data_change = false;
    intent.expire = plan.versions;
    return std::optional(std::move(intent));
  };
  TARN_TRY(Commit(planner, guard));
  return plan;
}

Status Table::PutObjects(const Step& step) {
  std::vector<store::PutRequest> requests;
  requests.reserve(step.pending.size() + step.plan.objects.size());
  for (const PendingObject& object : step.pending) requests.push_back({.key = object.key, .body = object.body});
  for (const CommitPlan::Object& object : step.plan.objects) {
    requests.push_back({.key = location_ + "/" + object.key, .body = object.body});
  }
  if (requests.empty()) return {};
  TARN_CRASH_POINT("table.commit.before_objects");
  TARN_TRY(dependencies_.store.PutAll(requests));
  TARN_CRASH_POINT("table.commit.after_objects");
  return {};
}

Result<bool> Table::TryCommit(const SnapshotPtr& base, const Step& step, const Guard& guard,
                              std::chrono::steady_clock::time_point base_read_at) {
  TARN_TRY(PutObjects(step));
  if (dependencies_.clock.Steady() - base_read_at > kMaxKnowledgeAge) {
    TARN_ASSIGN(const SnapshotPtr listed, LoadFrom(nullptr));
    if (listed->version != base->version) return false;
  }
  if (guard) TARN_TRY(guard());
  return Decide(step.plan);
}

Result<bool> Table::Decide(const CommitPlan& plan) {
  const std::string key = location_ + "/" + plan.decisive.key;
  bool may_be_there = false;
  Error last;
  for (int attempt = 0; attempt < kMaxPutAttempts; ++attempt) {
    if (attempt > 0) Backoff(attempt);
    TARN_CRASH_POINT("table.commit.before_put");
    const Status put = dependencies_.store.PutIfAbsent(key, plan.decisive.body);
    if (put) {
      TARN_CRASH_POINT("table.commit.after_put");
      return true;
    }
    last = put.error();
    if (last.code == ErrorCode::kUnavailable) continue;
    if (last.code != ErrorCode::kUnknownOutcome && last.code != ErrorCode::kAlreadyExists) break;

    // Taken, or perhaps written by the put whose answer was lost: what is there decides.
    if (last.code == ErrorCode::kUnknownOutcome) may_be_there = true;
    const auto ours = IsOurs(key, plan.decisive.body);
    if (!ours) {
      last = ours.error();
      continue;
    }
    if (ours->has_value()) return **ours;
  }
  if (may_be_there) return Fail(ErrorCode::kUnknownOutcome, "the table commit may have happened: " + last.message);
  return Fail(std::move(last));
}

/// Whether the object at `key` is `body`; nullopt when there is none.
Result<std::optional<bool>> Table::IsOurs(const std::string& key, const std::string& body) {
  const Result<std::string> found = dependencies_.store.Get(key);
  if (!found && found.error().code == ErrorCode::kNotFound) return std::optional<bool>();
  if (!found) return Fail(found.error());
  if (*found != body) return std::optional(false);
  TARN_TRY(dependencies_.store.MakeDurable(key));
  return std::optional(true);
}

void Table::Backoff(int attempt) {
  const uint64_t bound_us = uint64_t{1000} << std::min(attempt, kMaxBackoffShift);
  std::this_thread::sleep_for(std::chrono::microseconds(dependencies_.randomness.Next() % bound_us));
}

Status Table::Maintain() {
  TARN_ASSIGN(const SnapshotPtr snapshot, Load());
  if (!snapshot->exists()) return {};
  return dependencies_.format.AfterCommit(dependencies_.store, location_, snapshot);
}

}  // namespace tarn::table
