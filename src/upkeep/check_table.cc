// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_table.h"

#include "engine/select_numbers.h"

namespace tarn::upkeep {
namespace {

/// Rows the engine finds in each file, by the file's name as the engine spells it.
Result<std::map<std::string, int64_t>> RowsByFile(engine::Workspace& workspace) {
  TARN_ASSIGN(const auto stream, workspace.Query("SELECT \"file;name\", count(*) FROM input.checked GROUP BY ALL"));
  std::map<std::string, int64_t> rows;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream->Next(batch));
    if (!more) return rows;
    for (size_t row = 0; row < batch.rows; ++row) {
      rows[std::string(batch.columns[0].At<std::string_view>(row))] = batch.columns[1].At<int64_t>(row);
    }
  }
}

Result<std::unique_ptr<engine::Workspace>> OpenOver(engine::QueryEngine& engine, const std::string& location,
                                                    const table::SnapshotPtr& snapshot) {
  TARN_ASSIGN(auto workspace, engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("checked", engine::BindSnapshot(location, snapshot)));
  return workspace;
}

int64_t RowsOf(const std::map<std::string, int64_t>& rows, const std::string& path) {
  for (const auto& [name, count] : rows) {
    if (name.ends_with("/" + path)) return count;
  }
  return 0;
}

Result<int64_t> CountSharedKeys(engine::Workspace& workspace, const std::vector<std::string>& key) {
  std::string columns;
  for (const auto& name : key) columns += (columns.empty() ? "" : ", ") + engine::QuoteIdentifier(name);
  return engine::SelectNumber(
      workspace, "SELECT count(*) FROM (SELECT 1 FROM input.checked GROUP BY " + columns + " HAVING count(*) > 1)");
}

Status CheckRows(const TableCheck& check, CheckReport& report) {
  TARN_ASSIGN(const auto workspace, OpenOver(check.engine, check.location, check.snapshot));
  TARN_ASSIGN(const auto rows, RowsByFile(*workspace));
  for (const auto& file : check.snapshot->files) {
    const auto found = RowsOf(rows, file->path);
    report.table_rows += static_cast<uint64_t>(found);
    if (file->LiveRecordCount() >= 0 && file->LiveRecordCount() != found) {
      report.Add(check.location + "/" + file->path, "it has " + std::to_string(found) + " rows, the table's log says " +
                                                        std::to_string(file->LiveRecordCount()));
    }
  }
  if (check.key.empty()) return {};
  TARN_ASSIGN(const auto shared, CountSharedKeys(*workspace, check.key));
  if (shared > 0) report.Add(check.location, std::to_string(shared) + " keys have more than one row");
  return {};
}

}  // namespace

Result<std::map<std::string, int64_t>> CountRowsByFile(engine::QueryEngine& engine, const std::string& location,
                                                       const table::SnapshotPtr& snapshot) {
  if (snapshot->files.empty()) return std::map<std::string, int64_t>();
  TARN_ASSIGN(const auto workspace, OpenOver(engine, location, snapshot));
  return RowsByFile(*workspace);
}

bool CheckObjectSize(store::ObjectStore& store, const std::string& key, int64_t size_bytes, CheckReport& report) {
  const auto info = store.Head(key);
  if (!info) {
    report.Add(key, info.error());
    return false;
  }
  if (static_cast<int64_t>(info->size_bytes) == size_bytes) return true;
  report.Add(key,
             "it has " + std::to_string(info->size_bytes) + " bytes, its reference says " + std::to_string(size_bytes));
  return false;
}

void CheckTable(const TableCheck& check, CheckReport& report) {
  ++report.tables;
  bool whole = true;
  for (const auto& file : check.snapshot->files) {
    ++report.data_files;
    whole &= CheckObjectSize(check.store, check.location + "/" + file->path, file->size_bytes, report);
  }
  if (!whole || check.snapshot->files.empty()) return;
  if (const auto rows = CheckRows(check, report); !rows) report.Add(check.location, rows.error());
}

}  // namespace tarn::upkeep
