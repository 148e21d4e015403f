// SPDX-License-Identifier: Apache-2.0
#include "silver/row_marks.h"

#include "table/deleted_rows.h"

namespace tarn::silver {

Result<std::vector<table::FileDeletes>> WriteMarks(const MarkTarget& target, std::vector<RowMarks> marks) {
  std::vector<table::RowDeletion> deletions;
  for (auto& mark : marks) {
    table::RowDeletion deletion;
    deletion.path = mark.file->path;
    if (!mark.file->deletes.empty()) {
      TARN_ASSIGN(deletion.rows, table::LoadDeletedRows(target.store, target.parquet, target.location, *mark.file));
    }
    deletion.rows |= mark.rows;
    deletion.added = std::move(mark.rows);
    deletions.push_back(std::move(deletion));
  }
  return target.format.WriteDeletes(target.store, target.location, target.base, deletions, target.randomness);
}

}  // namespace tarn::silver
