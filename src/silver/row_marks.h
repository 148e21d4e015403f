// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows a merge takes out, as the table format wants them: by file, positions
// that are new and all positions after the commit (table/format.h RowDeletion).
// One use; thread-compatible.

#include <string>
#include <vector>

#include "codec/bitmap64.h"
#include "store/object_store.h"
#include "table/format.h"
#include "table/parquet_codec.h"
#include "table/position_delete_cache.h"

namespace tarn::silver {

struct RowMarks {
  table::DataFilePtr file;
  codec::Bitmap64 rows;  ///< positions of live rows
};

/// Reads what is deleted already and puts the deletes of `marks` into the
/// store.
struct MarkTarget {
  store::ObjectStore& store;
  table::ParquetCodec* parquet;
  table::PositionDeleteCache& position_deletes;
  table::TableFormat& format;
  Randomness& randomness;
  const std::string& location;
  const table::Snapshot& base;
};
Result<std::vector<table::FileDeletes>> WriteMarks(const MarkTarget& target, std::vector<RowMarks> marks);

}  // namespace tarn::silver
