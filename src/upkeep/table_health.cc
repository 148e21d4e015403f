// SPDX-License-Identifier: Apache-2.0
#include "upkeep/table_health.h"

#include "upkeep/compaction_plan.h"

namespace tarn::upkeep {

Result<std::vector<TableHealth>> LoadTableHealth(store::ObjectStore& store, lake::OpenTables& tables) {
  TARN_ASSIGN(auto found, ListTables(store));
  std::vector<TableHealth> all;
  for (auto& table : found) {
    const auto open = tables.Get(table.location);
    TARN_ASSIGN(const auto snapshot, open->Load());
    if (!snapshot->exists()) continue;
    TableHealth health;
    health.version = snapshot->version;
    health.committed_at = snapshot->committed_at;
    health.rows = snapshot->RecordCount();
    health.stored_rows = 0;
    health.size_bytes = snapshot->SizeBytes();
    health.files = snapshot->files.size();
    for (const auto& file : snapshot->files) {
      health.delete_files += file->deletes.size();
      health.small_files += file->size_bytes < CompactionRule{}.target_file_bytes / 2 ? 1 : 0;
      const bool known = health.stored_rows >= 0 && file->record_count >= 0;
      health.stored_rows = known ? health.stored_rows + file->record_count : -1;
    }
    const auto history = open->History();
    if (!history && history.error().code != ErrorCode::kUnsupported) return Fail(history.error());
    if (history) health.log_versions = history->size();
    health.table = std::move(table);
    all.push_back(std::move(health));
  }
  return all;
}

}  // namespace tarn::upkeep
