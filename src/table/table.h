// SPDX-License-Identifier: Apache-2.0
#pragma once
// One open table: its newest snapshot and commits with re-planning (architecture.md "Plan, then apply"). Thread-safe.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "store/object_store.h"
#include "table/format.h"

namespace tarn::table {

/// A plan that was made without the format's help, and the snapshot its success makes.
struct PlannedCommit {
  CommitPlan plan;
  SnapshotPtr made;
};

class Table {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    TableFormat& format;
    Clock& clock;
    Randomness& randomness;
  };

  /// `location`: key prefix such as "silver/sales/orders".
  Table(Dependencies dependencies, std::string location);

  /// Newest snapshot (version -1 = not created yet). Cheap when nothing changed.
  Result<SnapshotPtr> Load();

  /// The snapshot of that id (Snapshot::snapshot_id); kNotFound when it is not in the history, or no more.
  Result<SnapshotPtr> LoadVersion(int64_t version);

  /// The newest snapshot this process has seen, null before the first look. Does no I/O.
  SnapshotPtr known() const;

  /// As the format's, of the newest snapshot; no versions when the table does not exist.
  Result<std::vector<int64_t>> History();
  Result<VersionChange> LoadChange(int64_t version);
  Result<std::optional<int64_t>> VersionAt(Timestamp at);
  Result<std::optional<std::set<std::string>>> MetadataInUse();

  /// Called with the snapshot to build on; returns the intent, or nullopt when nothing is (any longer) to be done.
  using Planner = std::function<Result<std::optional<CommitIntent>>(const SnapshotPtr& base)>;

  /// Called right before the deciding put; an error stops the commit (the seat check of durability.md §2.1).
  using Guard = std::function<Status()>;

  struct Outcome {
    SnapshotPtr snapshot;  ///< after the commit, or the one that made it needless
    bool committed = false;
  };

  /// Plans and puts until it wins, at most kMaxAttempts times (kConflict then). `now` and `commit_id` of the intent are
  /// filled in when empty. A lost answer is read back and recognised by commit_id (kUnknownOutcome only when it cannot
  /// be read). kConflict as well when the intent's rewritten_from no longer holds: read again, then commit again.
  Result<Outcome> Commit(const Planner& planner, const Guard& guard = {});

  /// As Planner for commits whose metadata came ready from elsewhere.
  using PlanMaker = std::function<Result<std::optional<PlannedCommit>>(const SnapshotPtr& base)>;

  /// As Commit. A lost answer is recognised by the body of the deciding object.
  Result<Outcome> CommitPlanned(const PlanMaker& maker, const Guard& guard = {});

  /// Lets `expired` go as the format's PrepareExpiry plans it, by a commit where the format does it so. What the plan
  /// names besides may be deleted an hour later: a commit that brought something back in between made it plan again.
  Result<ExpiryPlan> Expire(const std::set<int64_t>& kept, const std::set<int64_t>& expired, const Guard& guard = {});

  /// Runs the format's work that follows commits (checkpoints). Call off the commit path.
  Status Maintain();

  const std::string& location() const { return location_; }
  store::ObjectStore& store() const { return dependencies_.store; }
  TableFormat& format() const { return dependencies_.format; }

  static constexpr int kMaxAttempts = 20;
  static constexpr int kMaxPutAttempts = 5;  ///< of one plan, after kUnavailable or a lost answer
  /// Older knowledge is not built on: its successors' numbers may have been collected (durability.md §1.2, §1.3).
  static constexpr std::chrono::hours kMaxKnowledgeAge{1};

 private:
  /// Loads on from `known` (null: from the store's listing) and remembers the result.
  Result<SnapshotPtr> LoadFrom(const SnapshotPtr& known);
  void Remember(const SnapshotPtr& snapshot, std::chrono::steady_clock::time_point looked_at);
  /// The plan for `base` and what makes the snapshot of its success; nullopt when nothing is to be done.
  struct Step {
    CommitPlan plan;
    std::vector<PendingObject> pending;  ///< of the intent
    std::function<Result<SnapshotPtr>(const CommitPlan& plan)> apply;
  };
  using StepMaker = std::function<Result<std::optional<Step>>(const SnapshotPtr& base)>;
  Result<Outcome> CommitSteps(const StepMaker& maker, const Guard& guard);
  Result<bool> TryCommit(const SnapshotPtr& base, const Step& step, const Guard& guard,
                         std::chrono::steady_clock::time_point base_read_at);
  Status PutObjects(const Step& step);
  Result<bool> Decide(const CommitPlan& plan);
  Result<std::optional<bool>> IsOurs(const std::string& key, const std::string& body);
  void Backoff(int attempt);

  const Dependencies dependencies_;
  const std::string location_;
  mutable std::mutex mutex_;
  SnapshotPtr known_;
  std::chrono::steady_clock::time_point looked_at_{};
};

}  // namespace tarn::table
