// SPDX-License-Identifier: Apache-2.0
#include "upkeep/collect_orphans.h"

namespace tarn::upkeep {

Status CollectOrphans::RunFolder(lake::References& owner, const std::string& folder, OrphanOutcome& outcome) {
  const auto oldest = dependencies_.clock.Now().micros - std::chrono::microseconds(options_.older_than).count();
  TARN_ASSIGN(const auto objects, dependencies_.store.List(folder));
  outcome.listed += objects.size();
  std::vector<Orphan> candidates;
  for (const auto& object : objects) {
    if (object.modified.micros < oldest) candidates.push_back({object.key, object.size_bytes});
  }
  if (candidates.empty()) return {};
  TARN_ASSIGN(const auto keeps, owner.Load(folder));
  for (auto& candidate : candidates) {
    if (outcome.orphans.size() >= options_.most) break;
    if (keeps(candidate.key)) continue;
    outcome.bytes += candidate.size_bytes;
    outcome.orphans.push_back(std::move(candidate));
  }
  return {};
}

Status CollectOrphans::DeleteAll(const OrphanOutcome& outcome) {
  if (outcome.orphans.empty()) return {};
  TARN_TRY(dependencies_.seat_check());
  std::vector<std::string> keys;
  keys.reserve(outcome.orphans.size());
  for (const auto& orphan : outcome.orphans) keys.push_back(orphan.key);
  return dependencies_.store.DeleteAll(keys);
}

Result<OrphanOutcome> CollectOrphans::Run(const std::string& prefix, bool dry_run) {
  OrphanOutcome outcome;
  for (auto* owner : dependencies_.references) {
    TARN_ASSIGN(const auto folders, owner->Folders());
    for (const auto& folder : folders) {
      if (!folder.starts_with(prefix)) continue;
      // A folder that cannot be judged keeps everything; the others are no worse for it.
      const auto judged = RunFolder(*owner, folder, outcome);
      if (!judged) outcome.not_judged.push_back(folder + ": " + judged.error().ToString());
    }
  }
  if (!dry_run) TARN_TRY(DeleteAll(outcome));
  return outcome;
}

}  // namespace tarn::upkeep
