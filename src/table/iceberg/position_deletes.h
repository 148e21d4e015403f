// SPDX-License-Identifier: Apache-2.0
#pragma once
// Row-level deletes by position as Iceberg stores them: position delete files in v2, deletion vectors in Puffin files
// in v3 (spec, "Position Delete Files", "Deletion Vectors"). Stateless.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "table/format.h"
#include "table/iceberg/manifest_entry.h"
#include "table/iceberg/table_location.h"
#include "table/parquet_codec.h"

namespace tarn::table::iceberg {

/// Field ids of the columns of position delete files (spec, "Reserved Field IDs").
inline constexpr int32_t kDeleteFilePathId = 2147483546;
inline constexpr int32_t kDeletePositionId = 2147483545;

/// What tells one delete file, or one vector in a Puffin file, from all others of the table.
std::string DeleteKey(std::string_view path, int64_t offset_bytes);
std::string DeleteKey(const DeleteFile& file);

/// The delete files behind the intent's deletes as manifests name them, each once. kConflict when a data file is
/// neither in the base nor added, kUnsupported when it lies in a partition.
Result<std::vector<ContentFile>> DeleteFilesOf(const CommitIntent& intent, const Snapshot& base,
                                               const TableLocation& location);

}  // namespace tarn::table::iceberg
