// SPDX-License-Identifier: Apache-2.0
#pragma once
// Delta Lake as a table format: plans log entries, loads logs, writes checkpoints. Tables are plain Delta (protocol
// 1/2) until a commit needs more, and then 3/7 with the features it needs: every Delta reader reads what it can.
// Thread-safe: holds no state. Format page: docs/formats/delta.md.

#include <string>

#include "table/format.h"
#include "table/parquet_codec.h"

namespace tarn::table::delta {

class DeltaFormat final : public TableFormat {
 public:
  struct Options {
    std::string engine_info = "tarn";  ///< e.g. "tarn/0.1.0", shown in the history
    /// May be null: then checkpoints are neither written nor read, and a table whose first log entries are gone answers
    /// kUnsupported. Outlives the format.
    ParquetCodec* parquet = nullptr;
  };

  explicit DeltaFormat(Options options) : options_(std::move(options)) {}

  std::string_view name() const override { return "delta"; }
  Result<SnapshotPtr> Load(store::ObjectStore& store, const std::string& location, const SnapshotPtr& known) override;
  Result<SnapshotPtr> LoadVersion(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest,
                                  int64_t version) override;
  Result<std::vector<FileDeletes>> WriteDeletes(store::ObjectStore& store, const std::string& location,
                                                const Snapshot& base, std::span<const RowDeletion> rows,
                                                Randomness& randomness) override;
  Result<CommitPlan> Plan(const Snapshot& base, const std::string& location, const CommitIntent& intent) override;
  Result<SnapshotPtr> Apply(const SnapshotPtr& base, const CommitIntent& intent, const CommitPlan& plan) override;
  Status AfterCommit(store::ObjectStore& store, const std::string& location, const SnapshotPtr& snapshot) override;
  Result<std::vector<int64_t>> History(store::ObjectStore& store, const std::string& location,
                                       const SnapshotPtr& newest) override;
  Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest,
                                   int64_t version) override;
  Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest,
                                   const std::set<int64_t>& kept, const std::set<int64_t>& expired) override;

 private:
  const Options options_;
};

}  // namespace tarn::table::delta
