// SPDX-License-Identifier: Apache-2.0
#include "silver/rollback.h"

#include <utility>

#include "base/crash_point.h"
#include "lake/keys.h"

namespace tarn::silver {
namespace {

/// Rows without a position were never merged: nothing says which records are in them.
Status CheckPosition(const table::Snapshot& target) {
  if (target.files.empty() || target.transactions.contains(kPositionTransaction)) return {};
  return Fail(ErrorCode::kInvalidArgument, "that version says no bronze position, and cannot be rolled back to: " +
                                               std::to_string(target.snapshot_id));
}

uint64_t PositionOrZero(const table::Snapshot& snapshot) {
  const auto found = snapshot.transactions.find(kPositionTransaction);
  return found == snapshot.transactions.end() ? 0 : static_cast<uint64_t>(found->second);
}

}  // namespace

Counters CountersAfterRollback(const Counters& now, const Counters& then) {
  Counters after = then;
  after.quarantined = now.quarantined;
  after.purged = now.purged;
  after.rolled_back = now.Sum() - then.applied - then.superseded - then.deleted - now.quarantined - now.purged;
  return after;
}

Result<lake::RollbackOutcome> RollbackTable(const MergeDependencies& dependencies,
                                            const contract::CompiledContract& endpoint, const std::string& location,
                                            const lake::RollbackRequest& request) {
  const auto& contract = endpoint.contract();
  const auto complete = [&](const table::Snapshot& newest, const table::Snapshot& target, bool rows_change,
                            table::CommitIntent& intent) -> Result<bool> {
    TARN_TRY(PositionOf(newest));
    TARN_TRY(CheckPosition(target));
    TARN_ASSIGN(const auto summary, dependencies.bronze.LogOf(contract.domain, contract.name).Summary());
    if (summary.purged_through > PositionOrZero(target)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the records of that version were purged, it cannot be rolled back to: " +
                      std::to_string(target.snapshot_id));
    }
    TARN_ASSIGN(SideManifest side, SideManifestOf(dependencies.store, location, newest));
    TARN_ASSIGN(SideManifest then, SideManifestOf(dependencies.store, location, target));
    if (side.counters.purged != then.counters.purged) {
      return Fail(ErrorCode::kInvalidArgument, "records of that version were erased, it cannot be rolled back to: " +
                                                   std::to_string(target.snapshot_id));
    }
    if (!rows_change && side.Files() == then.Files()) return false;
    side.tombstones = std::move(then.tombstones);
    side.truncated = std::move(then.truncated);
    side.forgotten = std::move(then.forgotten);
    const uint64_t before = side.counters.rolled_back;
    side.counters = CountersAfterRollback(side.counters, then.counters);
    TARN_ASSIGN(const auto position, PositionOf(newest));
    side.undone = std::move(then.undone);
    if (const auto kept = PositionOrZero(target); kept < position) side.undone.Add({kept + 1, position});
    side.MarkHour(position, dependencies.clock.Now());
    intent.metrics["numRolledBackRecords"] = std::to_string(side.counters.rolled_back - before);
    const auto number = NewSideNumber(dependencies.randomness);
    const std::string body = EncodeSideManifest(side);
    const store::PutRequest put{lake::SideKey(location, SideManifestName(number)), body};
    TARN_TRY(dependencies.store.PutAll({&put, 1}));
    TARN_CRASH_POINT("silver.rollback.after_side");
    intent.transactions[kSideTransaction] = number;
    return true;
  };
  return lake::Rollback(*dependencies.tables.Get(location), request, lake::RollbackSchema::kKept, complete,
                        dependencies.seat_check);
}

}  // namespace tarn::silver
