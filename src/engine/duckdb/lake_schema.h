// SPDX-License-Identifier: Apache-2.0
#pragma once
// One layer of a domain as a DuckDB schema: looks names up in the lake (or, in the catalog of workspace inputs, in the
// session) and refuses every change. Thread-safe.

#include <optional>
#include <string>

#include "engine/duckdb/catalog_services.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/lake_transaction.h"

namespace tarn::engine {

/// Ends a statement that would change the lake.
[[noreturn]] void RefuseChange();

class LakeSchema final : public duckdb::SchemaCatalogEntry {
 public:
  LakeSchema(duckdb::Catalog& owner, duckdb::CreateSchemaInfo& info, CatalogServices& services);

  void Scan(duckdb::ClientContext& context, duckdb::CatalogType type,
            const std::function<void(duckdb::CatalogEntry&)>& callback) override;
  void Scan(duckdb::CatalogType, const std::function<void(duckdb::CatalogEntry&)>&) override {}
  duckdb::optional_ptr<duckdb::CatalogEntry> LookupEntry(duckdb::CatalogTransaction transaction,
                                                         const duckdb::EntryLookupInfo& lookup) override;
  /// Suggestions would name tables to people who only mistyped.
  duckdb::SimilarCatalogEntry GetSimilarEntry(duckdb::CatalogTransaction, const duckdb::EntryLookupInfo&) override {
    return {};
  }

  using Entry = duckdb::optional_ptr<duckdb::CatalogEntry>;
  Entry CreateIndex(duckdb::CatalogTransaction, duckdb::CreateIndexInfo&, duckdb::TableCatalogEntry&) override;
  Entry CreateFunction(duckdb::CatalogTransaction, duckdb::CreateFunctionInfo&) override;
  Entry CreateTable(duckdb::CatalogTransaction, duckdb::BoundCreateTableInfo&) override;
  Entry CreateView(duckdb::CatalogTransaction, duckdb::CreateViewInfo&) override;
  Entry CreateSequence(duckdb::CatalogTransaction, duckdb::CreateSequenceInfo&) override;
  Entry CreateTableFunction(duckdb::CatalogTransaction, duckdb::CreateTableFunctionInfo&) override;
  Entry CreateCopyFunction(duckdb::CatalogTransaction, duckdb::CreateCopyFunctionInfo&) override;
  Entry CreatePragmaFunction(duckdb::CatalogTransaction, duckdb::CreatePragmaFunctionInfo&) override;
  Entry CreateCollation(duckdb::CatalogTransaction, duckdb::CreateCollationInfo&) override;
  Entry CreateCoordinateSystem(duckdb::CatalogTransaction, duckdb::CreateCoordinateSystemInfo&) override;
  Entry CreateType(duckdb::CatalogTransaction, duckdb::CreateTypeInfo&) override;
  void DropEntry(duckdb::ClientContext&, duckdb::DropInfo&) override;
  void Alter(duckdb::CatalogTransaction, duckdb::AlterInfo&) override;

 private:
  bool holds_inputs() const { return name == kInputSchema; }
  duckdb::unique_ptr<duckdb::CatalogEntry> MakeEntry(const std::string& table_name, BoundTablePtr table);
  duckdb::unique_ptr<duckdb::CatalogEntry> MakeView(const std::string& view_name, const View& view);
  Entry LookupInput(duckdb::ClientContext& context, LakeTransaction& transaction, const std::string& input_name);
  Entry LookupTable(LakeTransaction& transaction, const TableName& table_name, const std::optional<TimeTravel>& at);

  CatalogServices& services_;
};

}  // namespace tarn::engine
