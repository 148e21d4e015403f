// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_reviews.h"

#include <algorithm>

#include "base/crash_point.h"
#include "lake/keys.h"
#include "quarantine/put_entries.h"

namespace tarn::upkeep {
namespace {

/// Puts what stays of the object's entries in its place.
Status Replace(const ReviewErasure& erasure, quarantine::StateLog& log, const std::string& key,
               const std::vector<quarantine::Entry>& kept) {
  const auto now = erasure.clock.Now();
  quarantine::StateChange change;
  change.id = NewUuid(erasure.randomness);
  change.at = now;
  change.replaces = key;
  const auto place = lake::QuarantineObjectKey(erasure.domain, erasure.table, now, "kept-" + change.id);
  TARN_ASSIGN(change.payloads, quarantine::PutEntries(erasure.store, place, kept));
  TARN_TRY(erasure.seat_check());
  TARN_CRASH_POINT("upkeep.erase.before_review");
  const auto plan = [&](const auto&) -> Result<std::optional<quarantine::StateChange>> { return change; };
  TARN_TRY(log.Append(plan));
  return {};
}

}  // namespace

Result<uint64_t> LandedReplays(bronze::Bronze& bronze, const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto summary, bronze.LogOf(domain, table).Summary());
  uint64_t landed = 0;
  for (const auto& [source, last] : summary.last_by_source) landed = std::max(landed, last.replay_number());
  return landed;
}

Result<EraseReviewsOutcome> EraseFromReviews(const ReviewErasure& erasure) {
  auto& log = erasure.reviews.Of(erasure.domain, erasure.table);
  TARN_ASSIGN(const auto objects, log.Objects());
  TARN_ASSIGN(const auto waiting, log.ReplaysBehind(erasure.landed_replays));
  const auto waits = [&](const std::string& key) {
    return std::ranges::any_of(waiting, [&](const auto& replay) { return replay.payloads.key == key; });
  };
  EraseReviewsOutcome outcome;
  for (const auto& object : objects) {
    TARN_ASSIGN(auto entries, quarantine::ReadEntries(erasure.store, object));
    const auto gone =
        std::erase_if(entries, [&](const quarantine::Entry& entry) { return erasure.refused.contains(entry.id); });
    if (gone == 0) continue;
    if (waits(object.key)) return Fail(ErrorCode::kUnavailable, "a replay is still on its way to bronze");
    TARN_TRY(Replace(erasure, log, object.key, entries));
    outcome.records += gone;
    outcome.gone.push_back(object.key);
  }
  return outcome;
}

}  // namespace tarn::upkeep
