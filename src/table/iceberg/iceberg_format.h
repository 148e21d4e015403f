// SPDX-License-Identifier: Apache-2.0
#pragma once
// Apache Iceberg as a table format: plans metadata, manifests and manifest lists, loads tables by their folder. Tables
// are plain format version 2, or 3 where asked for, named by the series metadata/v{n}.metadata.json. A snapshot's
// version is that n: it counts commits, those that change no rows too; the history goes by snapshot ids. Thread-safe:
// its only state are manifest lists it has read. Format page: docs/formats/iceberg.md.

#include <functional>
#include <string>

#include "table/format.h"
#include "table/iceberg/listed_manifests.h"
#include "table/parquet_codec.h"

namespace tarn::table::iceberg {

class IcebergFormat final : public TableFormat {
 public:
  struct Options {
    std::string writer_version = "0";  ///< e.g. "0.1.0", shown in the summaries of snapshots
    std::string root{};  ///< ObjectStore::root of the lake, without root_of: metadata names files by full location
    /// ObjectStore::root_of locations, where they may differ; may be empty.
    std::function<std::string(std::string_view location)> root_of{};
    ParquetCodec* parquet = nullptr;  ///< writes position delete files; may be null. Outlives the format.
    RetentionRule keep{};             ///< snapshots that commits leave alone, as expiry does
  };

  explicit IcebergFormat(Options options);

  std::string_view name() const override { return "iceberg"; }
  Result<SnapshotPtr> Load(store::ObjectStore& store, const std::string& location, const SnapshotPtr& known) override;
  Result<SnapshotPtr> LoadVersion(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest,
                                  int64_t version) override;
  Result<std::vector<FileDeletes>> WriteDeletes(store::ObjectStore& store, const std::string& location,
                                                const Snapshot& base, std::span<const RowDeletion> rows,
                                                Randomness& randomness) override;
  Result<CommitPlan> Plan(const Snapshot& base, const std::string& location, const CommitIntent& intent) override;
  Result<SnapshotPtr> Apply(const SnapshotPtr& base, const CommitIntent& intent, const CommitPlan& plan) override;
  /// Replaces the version hint for readers of the folder.
  Status AfterCommit(store::ObjectStore& store, const std::string& location, const SnapshotPtr& snapshot) override;
  Result<std::vector<int64_t>> History(store::ObjectStore& store, const std::string& location,
                                       const SnapshotPtr& newest) override;
  Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest,
                                   int64_t version) override;
  Result<std::optional<int64_t>> VersionAt(store::ObjectStore& store, const std::string& location,
                                           const SnapshotPtr& newest, Timestamp at) override;
  Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest,
                                   const std::set<int64_t>& kept, const std::set<int64_t>& expired) override;
  Result<std::optional<std::set<std::string>>> MetadataInUse(store::ObjectStore& store, const std::string& location,
                                                             const SnapshotPtr& newest) override;

 private:
  std::string RootUri(const std::string& location) const;

  const Options options_;
  ListedManifests listed_manifests_;
};

}  // namespace tarn::table::iceberg
