// SPDX-License-Identifier: Apache-2.0
#pragma once
// Puts the objects that say which rows of live data files are deleted (Iceberg spec, "Delete Formats"): one Puffin file
// of deletion vectors in v3, one position delete file in v2. Stateless.

#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "table/format.h"
#include "table/parquet_codec.h"

namespace tarn::table::iceberg {

/// As TableFormat::WriteDeletes. `parquet` may be null: position delete files are kUnsupported then.
Result<std::vector<FileDeletes>> PutDeletes(store::ObjectStore& store, ParquetCodec* parquet,
                                            const std::string& location, const Snapshot& base,
                                            std::span<const RowDeletion> rows, Randomness& randomness);

}  // namespace tarn::table::iceberg
