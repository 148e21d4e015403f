// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes classic checkpoints (Delta protocol, "Checkpoints", v1 spec) off the commit path. A checkpoint is a copy of
// what the log says: losing one, or writing one twice, loses nothing. Stateless.

#include <string>

#include "base/result.h"
#include "table/format.h"
#include "table/parquet_codec.h"

namespace tarn::table::delta {

/// Versions between two checkpoints unless the table's delta.checkpointInterval says otherwise.
inline constexpr int64_t kCheckpointInterval = 10;

/// Writes the checkpoint of `snapshot` and the hint to it when one is due, that is when a multiple of the interval was
/// passed since the last one. Tombstones older than delta.deletedFileRetentionDuration (default one hour) are left out.
Status WriteCheckpointIfDue(store::ObjectStore& store, const std::string& location, const Snapshot& snapshot,
                            ParquetCodec& parquet);

/// Writes the checkpoint of the newest version and the hint to it, due or not; nothing where others write them.
Status WriteCheckpointNow(store::ObjectStore& store, const std::string& location, int64_t version,
                          ParquetCodec& parquet);

/// Writes the checkpoint of one version, hint untouched; one that is already there is left as it is.
Status WriteCheckpointOf(store::ObjectStore& store, const std::string& location, int64_t version,
                         ParquetCodec& parquet);

}  // namespace tarn::table::delta
