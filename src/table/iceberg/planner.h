// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns an intent into the next version of an Iceberg table: metadata, and with it a snapshot with its manifest list
// and manifests when files or transactions change. Pure: no I/O, no clock, no randomness.

#include <string>

#include "base/result.h"
#include "table/format.h"
#include "table/history.h"
#include "table/iceberg/iceberg_state.h"

namespace tarn::table::iceberg {

/// Who writes, and where.
struct WriterIdentity {
  std::string version;   ///< e.g. "0.1.0", for the snapshots' summaries
  std::string root_uri;  ///< of the lake: a created table's location is below it
  RetentionRule keep{};  ///< of snapshots, by expiry
};

/// What Apply makes the next snapshot of.
struct PlannedVersion {
  CommitPlan plan;
  IcebergState state;
};

/// kFailedPrecondition: no schema for a table that does not exist; kUnsupported names what we cannot write; kConflict:
/// a file to remove is not in `base`; kInvalidArgument: a schema or format version Iceberg cannot hold.
Result<PlannedVersion> PlanVersion(const Snapshot& base, const std::string& location, const CommitIntent& intent,
                                   const WriterIdentity& writer);

}  // namespace tarn::table::iceberg
