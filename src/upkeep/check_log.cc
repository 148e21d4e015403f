// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_log.h"

#include "ingest/replay.h"
#include "lake/data_dir.h"

namespace tarn::upkeep {

void CheckNodeLog(store::Disk& disk, const std::string& data_dir, const std::string& lake_id, CheckReport& report) {
  const auto identity = lake::ReadNodeIdentity(disk, data_dir);
  if (!identity) return report.Add(data_dir, identity.error());
  if (!lake_id.empty() && identity->lake_id != lake_id) {
    return report.Add(data_dir, "it belongs to another lake: " + identity->lake_id);
  }
  const auto damages = ingest::CheckLog(disk, data_dir);
  if (!damages) return report.Add(data_dir, damages.error());
  for (const auto& damage : *damages) {
    report.Add(damage.file, damage.what + " at byte " + std::to_string(damage.offset));
  }
}

}  // namespace tarn::upkeep
