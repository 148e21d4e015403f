// SPDX-License-Identifier: Apache-2.0
#pragma once
// The manifests of the snapshot that a commit makes: the ones before it, new ones for what it adds, and rewritten ones
// where files leave; small ones are merged in tiers, so that their number grows with the logarithm of the files'. Pure:
// no I/O. Thread-compatible: made per plan.

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "table/format.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/manifest_avro.h"
#include "table/iceberg/snapshot_summary.h"
#include "table/iceberg/table_location.h"

namespace tarn::table::iceberg {

/// Manifests of one tier are merged when there are that many.
inline constexpr size_t kManifestMergeCount = 8;

/// A manifest with that many live files is not merged any more.
inline constexpr size_t kMaxMergedFiles = 2048;

class ManifestPlan {
 public:
  struct Commit {
    const TableMetadata& metadata;  ///< as the commit makes it, but for the snapshot
    const Schema& schema;
    const TableLocation& location;
    int64_t snapshot_id = 0;
    int64_t sequence = 0;
    std::string commit_id;
  };

  ManifestPlan(Commit commit, const Snapshot& base);

  /// Goes on from the manifests of an earlier snapshot instead of the base's; entries keep their sequence numbers, and
  /// so the deletes that apply to them. kInvalidArgument when the intent changes files as well.
  Status Restore(const CommitIntent& intent);

  /// Marks what leaves: data files of `remove`, delete files nothing needs any more and vectors that are superseded.
  /// kConflict when a file is not in the base.
  Status Remove(const CommitIntent& intent);
  Status AddData(const CommitIntent& intent);
  Status AddDeletes(const CommitIntent& intent);
  Status MergeSmall();

  struct Outcome {
    std::vector<CommitPlan::Object> objects;  ///< new manifests
    std::vector<LoadedManifestPtr> manifests;
    SnapshotChanges changes;
    int64_t assigned_rows = 0;  ///< v3: row ids given out
  };
  Result<Outcome> Finish() &&;

 private:
  Status Rewrite(const LoadedManifest& manifest, const std::unordered_set<std::string>& gone);
  Status Merge(std::span<const LoadedManifestPtr> manifests);
  Result<ManifestWriter> OpenWriter(ManifestContent content) const;
  Result<ManifestWriter> OpenWriter(const ManifestReader& reader) const;
  ManifestWriter::Options WriterOptions() const;
  Status Close(ManifestWriter writer);
  void CountRemoved(const ContentFile& file);
  void CountRestored(const Snapshot& target);
  std::unordered_set<std::string> DeletesThatLeave(const CommitIntent& intent) const;

  const Commit commit_;
  const Snapshot& base_;
  std::vector<LoadedManifestPtr> kept_;
  std::vector<ManifestWriter::Written> written_;
  SnapshotChanges changes_;
};

}  // namespace tarn::table::iceberg
