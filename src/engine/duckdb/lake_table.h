// SPDX-License-Identifier: Apache-2.0
#pragma once
// Catalog entry of one resolved table. Lives in the transaction that resolved it.

#include "engine/duckdb/catalog_services.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

class LakeTable final : public duckdb::TableCatalogEntry {
 public:
  /// `info` names the table; its columns come from `target`.
  static duckdb::unique_ptr<LakeTable> Make(duckdb::Catalog& owner, duckdb::SchemaCatalogEntry& schema_entry,
                                            const std::string& table_name, ScanTargetPtr target,
                                            const CatalogServices& services);

  LakeTable(duckdb::Catalog& owner, duckdb::SchemaCatalogEntry& schema_entry, duckdb::CreateTableInfo& info,
            ScanTargetPtr target, const CatalogServices& services);

  duckdb::TableFunction GetScanFunction(duckdb::ClientContext& context,
                                        duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;
  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(duckdb::ClientContext& context,
                                                           duckdb::column_t column_id) override;
  duckdb::TableStorageInfo GetStorageInfo(duckdb::ClientContext& context) override;
  duckdb::virtual_column_map_t GetVirtualColumns() const override { return target_->VirtualColumns(); }
  duckdb::vector<duckdb::column_t> GetRowIdColumns() const override { return {}; }
  void BindUpdateConstraints(duckdb::Binder&, duckdb::LogicalGet&, duckdb::LogicalProjection&, duckdb::LogicalUpdate&,
                             duckdb::ClientContext&) override;

 private:
  ScanTargetPtr target_;
  const CatalogServices& services_;
};

}  // namespace tarn::engine
