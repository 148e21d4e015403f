// SPDX-License-Identifier: Apache-2.0
#pragma once
// DuckDB's multi-file reader over the files of a pinned table: what a column is in each file, what files do not store,
// which rows are deleted. One for each scan; thread-safe after binding.

#include "engine/duckdb/catalog_services.h"
#include "engine/duckdb/column_identity.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

/// What the table function of one scan carries for its reader.
struct PinnedScanInfo final : duckdb::TableFunctionInfo {
  PinnedScanInfo(ScanTargetPtr scan_target, duckdb::TableCatalogEntry& table_entry, const CatalogServices& shared)
      : target(std::move(scan_target)), entry(table_entry), services(shared) {}
  ScanTargetPtr target;
  duckdb::TableCatalogEntry& entry;
  const CatalogServices& services;
};

class PinnedReader final : public duckdb::MultiFileReader {
 public:
  PinnedReader(ScanTargetPtr target, duckdb::TableCatalogEntry& entry, const CatalogServices& services);

  static duckdb::unique_ptr<MultiFileReader> Make(const duckdb::TableFunction& function);

  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(duckdb::ClientContext& context,
                                                           const duckdb::vector<std::string>& paths,
                                                           const duckdb::FileGlobInput& glob) override;
  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files, duckdb::vector<duckdb::LogicalType>& types,
            duckdb::vector<std::string>& names, duckdb::MultiFileReaderBindData& bind_data) override;
  duckdb::ReaderInitializeType InitializeReader(duckdb::MultiFileReaderData& reader_data,
                                                const duckdb::MultiFileBindData& bind_data,
                                                const ColumnDefinitions& global_columns,
                                                const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
                                                duckdb::optional_ptr<duckdb::TableFilterSet> table_filters,
                                                duckdb::ClientContext& context,
                                                duckdb::MultiFileGlobalState& global_state) override;
  duckdb::unique_ptr<duckdb::Expression> GetVirtualColumnExpression(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data, const ColumnDefinitions& local_columns,
      duckdb::idx_t& column_id, const duckdb::LogicalType& type, duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& global_column_reference) override;
  duckdb::unique_ptr<MultiFileReader> Copy() const override;

 private:
  ScanTargetPtr target_;
  duckdb::TableCatalogEntry& entry_;
  const CatalogServices& services_;
  ColumnDefinitions definitions_;  // by slot
};

}  // namespace tarn::engine
