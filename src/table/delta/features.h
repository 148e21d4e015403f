// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which Delta tables we can read and write: protocol versions, table features and the metadata that makes a feature
// active (Delta protocol, "Table Features"). Everything else is refused by name. Stateless.

#include <optional>
#include <string>

#include "base/result.h"
#include "table/delta/actions.h"
#include "table/delta/column_mapping.h"
#include "table/types.h"

namespace tarn::table::delta {

/// Set where a table lets its writers make deletion vectors.
inline constexpr const char* kEnableDeletionVectors = "delta.enableDeletionVectors";

/// kUnsupported names what we cannot read: a reader feature, data that is not Parquet.
Status CheckReadable(const Protocol& protocol, const Metadata& metadata);

/// Whether the metadata's column mapping is to be obeyed.
bool SupportsColumnMapping(const Protocol& protocol);

/// Whether commits must carry a time stamp of their own that never goes back.
bool HasInCommitTimestamps(const Protocol& protocol, const Metadata& metadata);

/// Whether column types may have been widened without rewriting the files.
bool SupportsTypeWidening(const Protocol& protocol);

/// The first thing that keeps us from writing a readable table, nullopt when there is none.
Result<std::optional<std::string>> FindWriteObstacle(const Protocol& protocol, const Metadata& metadata);

/// What a commit does, as far as features care.
struct ChangeKind {
  bool adds = false;
  bool removes = false;
  bool data_change = true;
};

/// kFailedPrecondition for an append-only table, kUnsupported for change data we would have to write.
Status CheckChange(const Protocol& protocol, const Metadata& metadata, ChangeKind change);

/// Table features that a commit can bring.
struct NeededFeatures {
  bool naive_timestamps = false;
  bool deletion_vectors = false;
  bool column_mapping = false;
};

/// Whether the schema has a time stamp without zone.
bool HasNaiveTimestamp(const Schema& schema);

/// `protocol` with what is needed: unchanged when it is all there, else raised to 3/7 with the features that its old
/// versions implied. A new table starts from Protocol(), version 1/2.
Protocol Raised(const Protocol& protocol, NeededFeatures needed);

}  // namespace tarn::table::delta
