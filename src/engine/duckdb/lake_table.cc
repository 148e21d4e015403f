// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/lake_table.h"

#include <algorithm>

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/pinned_scan.h"
#include "engine/duckdb/row_scan.h"

namespace tarn::engine {

duckdb::unique_ptr<LakeTable> LakeTable::Make(duckdb::Catalog& owner, duckdb::SchemaCatalogEntry& schema_entry,
                                              const std::string& table_name, ScanTargetPtr target,
                                              const CatalogServices& services) {
  duckdb::CreateTableInfo info(schema_entry, table_name);
  for (size_t slot = 0; slot < target->visible_count(); ++slot) {
    info.columns.AddColumn(duckdb::ColumnDefinition(target->fields()[slot].name, target->type(slot)));
  }
  return duckdb::make_uniq<LakeTable>(owner, schema_entry, info, std::move(target), services);
}

LakeTable::LakeTable(duckdb::Catalog& owner, duckdb::SchemaCatalogEntry& schema_entry, duckdb::CreateTableInfo& info,
                     ScanTargetPtr target, const CatalogServices& services)
    : TableCatalogEntry(owner, schema_entry, info), target_(std::move(target)), services_(services) {}

duckdb::TableFunction LakeTable::GetScanFunction(duckdb::ClientContext& context,
                                                 duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  if (std::holds_alternative<std::shared_ptr<RowSource>>(target_->table().source)) {
    return MakeRowScan(target_, *this, bind_data);
  }
  return MakePinnedScan(services_, target_, *this, context, bind_data);
}

duckdb::unique_ptr<duckdb::BaseStatistics> LakeTable::GetStatistics(duckdb::ClientContext&, duckdb::column_t) {
  return nullptr;
}

duckdb::TableStorageInfo LakeTable::GetStorageInfo(duckdb::ClientContext&) {
  duckdb::TableStorageInfo info;
  if (const auto* rows = std::get_if<std::shared_ptr<RowSource>>(&target_->table().source)) {
    if (const auto count = (*rows)->row_count()) info.cardinality = *count;
    return info;
  }
  int64_t records = 0;
  for (const auto& file : target_->pinned().files) records += std::max<int64_t>(file->LiveRecordCount(), 0);
  info.cardinality = static_cast<duckdb::idx_t>(records);
  return info;
}

void LakeTable::BindUpdateConstraints(duckdb::Binder&, duckdb::LogicalGet&, duckdb::LogicalProjection&,
                                      duckdb::LogicalUpdate&, duckdb::ClientContext&) {
  ThrowError(Error{ErrorCode::kInvalidArgument, "tables of the lake cannot be changed by SQL", {}});
}

}  // namespace tarn::engine
