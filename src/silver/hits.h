// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the keys of a merge were found: stored rows that met a record, and
// records that lost against a row or a tombstone. Plain value.

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/query_engine.h"
#include "silver/row_marks.h"
#include "table/snapshot.h"

namespace tarn::silver {

struct Hits {
  /// A stored row and the record that has its key.
  struct Hit {
    int64_t ordinal = 0;
    uint64_t position = 0;  ///< in the file
    uint32_t file = 0;      ///< into `files`
  };

  std::vector<table::DataFilePtr> files;  ///< that were looked into
  std::vector<Hit> rows;
  std::set<int64_t> losers;  ///< ordinals of records that are beaten

  /// Rows that winning records replace or delete, by file.
  std::vector<RowMarks> Replaced() const;
};

/// Adds the rows of MergeSql::SelectHits.
Status ReadHits(engine::ResultStream& stream, Hits& hits);
/// Adds the rows of MergeSql::SelectBuried.
Status ReadBuried(engine::ResultStream& stream, Hits& hits);

}  // namespace tarn::silver
