// SPDX-License-Identifier: Apache-2.0
#pragma once
// DuckDB's view of one domain: a read-only catalog with the layers as schemas, whose names the lake resolves
// (http-api.md §7.1). One attached catalog per domain, plus one for workspace inputs. Thread-safe.

#include <map>
#include <string>

#include "engine/duckdb/catalog_services.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/lake_transaction.h"

namespace tarn::engine {

/// Name of the storage extension, the TYPE of attached domains.
inline constexpr const char* kLakeStorage = "tarn_lake";

/// The schemas of a domain's catalog.
std::vector<std::string> LayersOf(const std::string& domain);

/// Makes `config` able to attach domains. `services` outlives the database.
void RegisterLakeStorage(duckdb::DBConfig& config, CatalogServices& services);

class LakeCatalog final : public duckdb::Catalog {
 public:
  LakeCatalog(duckdb::AttachedDatabase& database, CatalogServices& services);

  void Initialize(bool load_builtin) override;
  std::string GetCatalogType() override { return kLakeStorage; }
  /// A name without a layer finds nothing in a domain.
  std::string GetDefaultSchema() const override { return kInputSchema; }
  bool SupportsTimeTravel() const override { return true; }

  duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(duckdb::CatalogTransaction transaction,
                                                                const duckdb::EntryLookupInfo& lookup,
                                                                duckdb::OnEntryNotFound if_not_found) override;
  void ScanSchemas(duckdb::ClientContext& context, std::function<void(duckdb::SchemaCatalogEntry&)> callback) override;
  duckdb::DatabaseSize GetDatabaseSize(duckdb::ClientContext&) override { return {}; }
  bool InMemory() override { return true; }
  std::string GetDBPath() override { return ""; }

  duckdb::optional_ptr<duckdb::CatalogEntry> CreateSchema(duckdb::CatalogTransaction,
                                                          duckdb::CreateSchemaInfo&) override;
  duckdb::PhysicalOperator& PlanCreateTableAs(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&,
                                              duckdb::LogicalCreateTable&, duckdb::PhysicalOperator&) override;
  duckdb::PhysicalOperator& PlanInsert(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&, duckdb::LogicalInsert&,
                                       duckdb::optional_ptr<duckdb::PhysicalOperator>) override;
  duckdb::PhysicalOperator& PlanDelete(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&, duckdb::LogicalDelete&,
                                       duckdb::PhysicalOperator&) override;
  duckdb::PhysicalOperator& PlanUpdate(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&, duckdb::LogicalUpdate&,
                                       duckdb::PhysicalOperator&) override;

 private:
  void DropSchema(duckdb::ClientContext&, duckdb::DropInfo&) override;

  CatalogServices& services_;
  std::map<std::string, duckdb::unique_ptr<duckdb::SchemaCatalogEntry>> schemas_;
};

}  // namespace tarn::engine
