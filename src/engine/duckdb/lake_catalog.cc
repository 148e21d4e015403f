// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/lake_catalog.h"

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/lake_schema.h"

namespace tarn::engine {

namespace {

struct LakeStorageInfo final : duckdb::StorageExtensionInfo {
  explicit LakeStorageInfo(CatalogServices& catalog_services) : services(catalog_services) {}
  CatalogServices& services;
};

}  // namespace

std::vector<std::string> LayersOf(const std::string& domain) {
  if (domain == "tarn") return {"system"};
  return {"bronze", "silver", "gold", "quarantine", "external"};
}

void RegisterLakeStorage(duckdb::DBConfig& config, CatalogServices& services) {
  auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
  extension->storage_info = duckdb::make_shared_ptr<LakeStorageInfo>(services);
  extension->attach = [](duckdb::optional_ptr<duckdb::StorageExtensionInfo> info, duckdb::ClientContext&,
                         duckdb::AttachedDatabase& database, const std::string&, duckdb::AttachInfo&,
                         duckdb::AttachOptions&) -> duckdb::unique_ptr<duckdb::Catalog> {
    return duckdb::make_uniq<LakeCatalog>(database, static_cast<LakeStorageInfo&>(*info).services);
  };
  extension->create_transaction_manager = [](duckdb::optional_ptr<duckdb::StorageExtensionInfo>,
                                             duckdb::AttachedDatabase& database,
                                             duckdb::Catalog&) -> duckdb::unique_ptr<duckdb::TransactionManager> {
    return duckdb::make_uniq<LakeTransactionManager>(database);
  };
  duckdb::StorageExtension::Register(config, kLakeStorage, extension);
}

LakeCatalog::LakeCatalog(duckdb::AttachedDatabase& database, CatalogServices& services)
    : Catalog(database), services_(services) {}

void LakeCatalog::Initialize(bool) {
  auto layers = LayersOf(GetName());
  if (GetName() == kInputCatalog) layers.emplace_back(kInputSchema);
  for (const auto& layer : layers) {
    duckdb::CreateSchemaInfo info;
    info.schema = layer;
    info.internal = true;
    schemas_[layer] = duckdb::make_uniq<LakeSchema>(*this, info, services_);
  }
}

duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LakeCatalog::LookupSchema(duckdb::CatalogTransaction,
                                                                           const duckdb::EntryLookupInfo& lookup,
                                                                           duckdb::OnEntryNotFound if_not_found) {
  const auto layer = duckdb::StringUtil::Lower(lookup.GetEntryName());
  if (const auto found = schemas_.find(layer); found != schemas_.end()) return found->second.get();
  if (if_not_found == duckdb::OnEntryNotFound::THROW_EXCEPTION) {
    ThrowError(Error{ErrorCode::kInvalidArgument, "layer " + GetName() + "." + layer + " does not exist", {}});
  }
  return nullptr;
}

void LakeCatalog::ScanSchemas(duckdb::ClientContext&, std::function<void(duckdb::SchemaCatalogEntry&)> callback) {
  for (auto& [layer, schema] : schemas_) callback(*schema);
}

duckdb::optional_ptr<duckdb::CatalogEntry> LakeCatalog::CreateSchema(duckdb::CatalogTransaction,
                                                                     duckdb::CreateSchemaInfo&) {
  RefuseChange();
}
duckdb::PhysicalOperator& LakeCatalog::PlanCreateTableAs(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&,
                                                         duckdb::LogicalCreateTable&, duckdb::PhysicalOperator&) {
  RefuseChange();
}
duckdb::PhysicalOperator& LakeCatalog::PlanInsert(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&,
                                                  duckdb::LogicalInsert&,
                                                  duckdb::optional_ptr<duckdb::PhysicalOperator>) {
  RefuseChange();
}
duckdb::PhysicalOperator& LakeCatalog::PlanDelete(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&,
                                                  duckdb::LogicalDelete&, duckdb::PhysicalOperator&) {
  RefuseChange();
}
duckdb::PhysicalOperator& LakeCatalog::PlanUpdate(duckdb::ClientContext&, duckdb::PhysicalPlanGenerator&,
                                                  duckdb::LogicalUpdate&, duckdb::PhysicalOperator&) {
  RefuseChange();
}
void LakeCatalog::DropSchema(duckdb::ClientContext&, duckdb::DropInfo&) { RefuseChange(); }

}  // namespace tarn::engine
