// SPDX-License-Identifier: Apache-2.0
#include "silver/row_marks.h"

#include "base/crash_point.h"
#include "table/deleted_rows.h"

namespace tarn::silver {

Result<std::vector<table::FileDeletes>> WriteMarks(const MarkTarget& target, std::vector<RowMarks> marks) {
  std::vector<table::RowDeletion> deletions;
  for (auto& mark : marks) {
    table::RowDeletion deletion;
    deletion.path = mark.file->path;
    if (!mark.file->deletes.empty()) {
      TARN_ASSIGN(deletion.rows, table::LoadDeletedRows(target.store, target.parquet, target.location, *mark.file,
                                                        &target.position_deletes));
    }
    deletion.rows |= mark.rows;
    deletion.added = std::move(mark.rows);
    deletions.push_back(std::move(deletion));
  }
  TARN_CRASH_POINT("silver.before_deletes");
  auto deletes = target.format.WriteDeletes(target.store, target.location, target.base, deletions, target.randomness);
  TARN_CRASH_POINT("silver.after_deletes");
  return deletes;
}

}  // namespace tarn::silver
