// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/snapshot_summary.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "table/iceberg/iceberg_state.h"

namespace tarn::table::iceberg {
namespace {

std::string_view OperationOf(const SnapshotChanges& changes, const CommitIntent& intent) {
  if (!intent.data_change) return "replace";
  if (intent.restore != nullptr) return "overwrite";
  const bool adds = changes.added_data.files > 0;
  const bool takes = changes.removed_data.files > 0 || changes.added_deletes.files > 0;
  if (!takes) return "append";
  return adds ? "overwrite" : "delete";
}

std::optional<int64_t> ReadTotal(const StringMap& summary, const char* name) {
  const auto found = summary.find(name);
  if (found == summary.end()) return std::nullopt;
  const std::string& text = found->second;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

struct Totals {
  int64_t records = 0;
  int64_t files_size = 0;
  int64_t data_files = 0;
  int64_t delete_files = 0;
  int64_t position_deletes = 0;
  int64_t equality_deletes = 0;
};

Totals CountTotals(const Snapshot& base) {
  Totals totals;
  std::set<const DeleteFile*> seen;
  for (const DataFilePtr& file : base.files) {
    ++totals.data_files;
    totals.records += std::max<int64_t>(file->record_count, 0);
    totals.files_size += file->size_bytes;
    for (const DeleteFilePtr& deletes : file->deletes) {
      if (!seen.insert(deletes.get()).second) continue;
      ++totals.delete_files;
      totals.files_size += deletes->size_bytes;
      const int64_t rows = std::max<int64_t>(deletes->record_count, 0);
      (deletes->content == DeleteContent::kEquality ? totals.equality_deletes : totals.position_deletes) += rows;
    }
  }
  return totals;
}

Totals TotalsBefore(const Snapshot& base) {
  if (!base.exists()) return {};
  const SnapshotRecordPtr snapshot = StateOf(base).metadata->CurrentSnapshot();
  if (snapshot == nullptr) return {};
  const auto records = ReadTotal(snapshot->summary, "total-records");
  const auto files_size = ReadTotal(snapshot->summary, "total-files-size");
  const auto data_files = ReadTotal(snapshot->summary, "total-data-files");
  const auto delete_files = ReadTotal(snapshot->summary, "total-delete-files");
  const auto positions = ReadTotal(snapshot->summary, "total-position-deletes");
  const auto equalities = ReadTotal(snapshot->summary, "total-equality-deletes");
  if (!records || !files_size || !data_files || !delete_files || !positions || !equalities) return CountTotals(base);
  return {*records, *files_size, *data_files, *delete_files, *positions, *equalities};
}

void AddCount(StringMap& summary, const char* name, int64_t count) {
  if (count != 0) summary[name] = std::to_string(count);
}

}  // namespace

StringMap SummaryOf(const SnapshotChanges& changes, const CommitIntent& intent, const Snapshot& base) {
  StringMap summary;
  summary["operation"] = OperationOf(changes, intent);
  AddCount(summary, "added-data-files", changes.added_data.files);
  AddCount(summary, "added-records", changes.added_data.records);
  AddCount(summary, "added-files-size", changes.added_data.bytes + changes.added_deletes.bytes);
  AddCount(summary, "deleted-data-files", changes.removed_data.files);
  AddCount(summary, "deleted-records", changes.removed_data.records);
  const int64_t removed_deletes = changes.removed_deletes.files + changes.removed_equality_deletes.files;
  AddCount(summary, "removed-files-size",
           changes.removed_data.bytes + changes.removed_deletes.bytes + changes.removed_equality_deletes.bytes);
  AddCount(summary, "added-delete-files", changes.added_deletes.files);
  AddCount(summary, changes.adds_vectors ? "added-dvs" : "added-position-delete-files", changes.added_deletes.files);
  AddCount(summary, "added-position-deletes", changes.added_deletes.records);
  AddCount(summary, "removed-delete-files", removed_deletes);
  AddCount(summary, "removed-position-deletes", changes.removed_deletes.records);
  AddCount(summary, "removed-equality-deletes", changes.removed_equality_deletes.records);

  const Totals before = TotalsBefore(base);
  const auto total = [&](const char* name, int64_t value) {
    summary[name] = std::to_string(std::max<int64_t>(value, 0));
  };
  total("total-records", before.records + changes.added_data.records - changes.removed_data.records);
  total("total-files-size", before.files_size + changes.added_data.bytes + changes.added_deletes.bytes -
                                changes.removed_data.bytes - changes.removed_deletes.bytes -
                                changes.removed_equality_deletes.bytes);
  total("total-data-files", before.data_files + changes.added_data.files - changes.removed_data.files);
  total("total-delete-files", before.delete_files + changes.added_deletes.files - removed_deletes);
  total("total-position-deletes",
        before.position_deletes + changes.added_deletes.records - changes.removed_deletes.records);
  total("total-equality-deletes", before.equality_deletes - changes.removed_equality_deletes.records);
  return summary;
}

}  // namespace tarn::table::iceberg
