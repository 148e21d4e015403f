// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a snapshot of an Iceberg table keeps for planning the next version (Snapshot::format_state), and how snapshots
// are made of metadata and manifests: one way for what was loaded and for what was just committed. Values are
// immutable.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/iceberg/manifest_entry.h"
#include "table/iceberg/table_metadata.h"
#include "table/snapshot.h"

namespace tarn::table::iceberg {

/// A live data file as the model shows it, without its deletes, and where it lies for them.
struct LiveFile {
  DataFilePtr file;
  std::vector<Value> partition;
};

/// A live delete file and the data files it can apply to.
struct LiveDelete {
  DeleteFilePtr file;
  std::vector<Value> partition;
  /// Position deletes and deletion vectors: URI of the only data file (both equal), or bounds of their URIs; empty =
  /// unknown.
  std::string first_uri;
  std::string last_uri;

  bool is_of_one_file() const { return !first_uri.empty() && first_uri == last_uri; }
};

/// A manifest that was read once, shared by all snapshots that name it.
struct LoadedManifest {
  ManifestFile entry;
  /// The file itself: rewriting needs everything its writer said, reading only what is below.
  std::shared_ptr<const std::string> body;
  std::vector<LiveFile> files;      ///< ManifestContent::kData
  std::vector<LiveDelete> deletes;  ///< ManifestContent::kDeletes
};

using LoadedManifestPtr = std::shared_ptr<const LoadedManifest>;

struct IcebergState {
  std::string uri;           ///< of the table, as its metadata has it
  std::string metadata_uri;  ///< of the metadata this was read from
  TableMetadataPtr metadata;
  std::vector<LoadedManifestPtr> manifests;
  std::optional<std::string> write_obstacle;  ///< what keeps us from writing the table
};

/// The state of a snapshot that exists and was made by this folder.
const IcebergState& StateOf(const Snapshot& snapshot);

/// The snapshot that the state's parts make. `location` is the key prefix. kUnsupported, kCorrupt as
/// TableFormat::Load.
Result<SnapshotPtr> MakeSnapshot(int64_t version, const std::string& location, IcebergState state);

}  // namespace tarn::table::iceberg
