// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which rows of a data file are deleted: reads deletion vectors and position delete files. Equality deletes are values,
// not positions: the engine resolves them while it reads the rows. Stateless.

#include <map>
#include <string>

#include "base/result.h"
#include "codec/bitmap64.h"
#include "store/object_store.h"
#include "table/parquet_codec.h"
#include "table/position_delete_cache.h"
#include "table/snapshot.h"

namespace tarn::table {

/// Largest deletion vector that is read.
inline constexpr int64_t kMaxDeletionVectorBytes = int64_t{256} << 20;

/// Positions in `file` (0 = its first row) that its deletion vectors and position delete files name; kEquality entries
/// are passed over. `parquet` may be null unless there are position delete files, which are looked for in `cache` first
/// where there is one. kCorrupt when a vector is malformed, does not name as many rows as its reference says, or names
/// a row behind the file's last one.
Result<codec::Bitmap64> LoadDeletedRows(store::ObjectStore& store, ParquetCodec* parquet, const std::string& location,
                                        const DataFile& file, PositionDeleteCache* cache = nullptr);

/// All of one position delete file: deleted positions by data file, in the file's own spelling (DataFile::uri).
Result<std::map<std::string, codec::Bitmap64>> LoadPositionDeletes(store::ObjectStore& store, ParquetCodec& parquet,
                                                                   const std::string& location,
                                                                   const DeleteFile& deletes);

}  // namespace tarn::table
