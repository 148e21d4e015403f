// SPDX-License-Identifier: Apache-2.0
#pragma once
// The data files of one pinned table that a scan still has to read; filters drop files by the snapshot's statistics
// without opening them. Immutable: pruning makes a new list.

#include <memory>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

class PinnedFileList final : public duckdb::MultiFileList {
 public:
  using Indexes = std::vector<uint32_t>;  ///< into the pinned table's files

  /// All files. `entry` is the catalog entry the scan was bound from; it outlives the scan.
  PinnedFileList(ScanTargetPtr target, duckdb::TableCatalogEntry& entry);

  const ScanTarget& target() const { return *target_; }
  const ScanTargetPtr& shared_target() const { return target_; }
  duckdb::TableCatalogEntry& entry() const { return entry_; }
  size_t size() const { return kept_->size(); }
  const table::DataFilePtr& shared_file(size_t i) const { return target_->pinned().files[(*kept_)[i]]; }
  const table::DataFile& file(size_t i) const { return *shared_file(i); }

  /// False when a writer left the number of rows of a file out, or what is deleted is only known by reading.
  bool KnowsRowCounts() const;

  /// Live rows, estimated where they are not known.
  int64_t rows() const;

  /// True of every row of these files; null when there are none.
  duckdb::unique_ptr<duckdb::BaseStatistics> Statistics(size_t slot) const;

  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override;
  duckdb::FileExpandResult GetExpandResult() const override;
  duckdb::idx_t GetTotalFileCount() const override { return kept_->size(); }
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override;
  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options, duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> DynamicFilterPushdown(duckdb::ClientContext& context,
                                                                  const duckdb::MultiFileOptions& options,
                                                                  const duckdb::vector<std::string>& names,
                                                                  const duckdb::vector<duckdb::LogicalType>& types,
                                                                  const duckdb::vector<duckdb::column_t>& column_ids,
                                                                  duckdb::TableFilterSet& filters) const override;

 protected:
  duckdb::OpenFileInfo GetFile(duckdb::idx_t i) const override;

 private:
  PinnedFileList(ScanTargetPtr target, duckdb::TableCatalogEntry& entry, std::shared_ptr<const Indexes> kept);

  struct SlotFilter {
    size_t slot;
    duckdb::TableFilter& filter;
  };
  static constexpr size_t kTightStatisticsFiles = 256;

  bool is_whole() const { return kept_->size() == target_->index().size(); }
  duckdb::unique_ptr<duckdb::MultiFileList> Pruned(const std::vector<SlotFilter>& filters) const;

  ScanTargetPtr target_;
  duckdb::TableCatalogEntry& entry_;
  std::shared_ptr<const Indexes> kept_;
};

}  // namespace tarn::engine
