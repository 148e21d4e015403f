// SPDX-License-Identifier: Apache-2.0
#include "upkeep/table_health.h"

#include <algorithm>
#include <optional>
#include <span>

#include "upkeep/compaction_plan.h"

namespace tarn::upkeep {

namespace {

/// The version of the table that its mirror shows; nullopt when it shows none.
Result<std::optional<int64_t>> ShownBy(table::Table& mirror) {
  TARN_ASSIGN(const auto snapshot, mirror.Load());
  const auto shown = snapshot->transactions.find(lake::kMirroredSnapshot);
  if (shown == snapshot->transactions.end()) return std::nullopt;
  return shown->second;
}

/// `history`: of the table, oldest first.
void LookAtMirror(lake::OpenTables& tables, const std::string& location, const table::Snapshot& newest,
                  std::span<const int64_t> history, TableHealth& health) {
  health.mirror = lake::MirrorFormatOf(newest);
  if (health.mirror.empty()) return;
  health.mirror_lag = -1;
  if (const auto failure = tables.MirrorFailure(location)) health.mirror_error = failure->ToString();
  const auto mirror = tables.MirrorOf(location);
  if (!mirror || *mirror == nullptr) return;
  const auto shown = ShownBy(**mirror);
  if (!shown) {
    health.mirror_error = shown.error().ToString();
    return;
  }
  if (*shown == newest.snapshot_id) {
    health.mirror_lag = 0;
    return;
  }
  const auto at = *shown ? std::ranges::find(history, **shown) : history.end();
  if (*shown && at == history.end()) return;
  health.mirror_lag = *shown ? std::distance(at, history.end()) - 1 : static_cast<int64_t>(history.size());
}

}  // namespace

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
    LookAtMirror(tables, table.location, *snapshot, history ? *history : std::vector<int64_t>(), health);
    health.table = std::move(table);
    all.push_back(std::move(health));
  }
  return all;
}

}  // namespace tarn::upkeep
