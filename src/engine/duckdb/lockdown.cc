// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/lockdown.h"

#include <string>
#include <vector>

#include "duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp"
#include "duckdb/parser/parsed_data/create_copy_function_info.hpp"
#include "engine/duckdb/duckdb_engine.h"
#include "engine/duckdb/function_rules.h"
#include "engine/query_engine.h"

namespace tarn::engine {

namespace {

struct EntryName {
  duckdb::CatalogType type;
  std::string schema;
  std::string name;
};

/// What DESCRIBE, SUMMARIZE and SHOW expand to; not callable through the gate.
bool IsNeededInside(const std::string& name) {
  return name == "summary" || name == "show_tables" || name == "show_tables_expanded" || name == "show_databases";
}

std::vector<EntryName> EntriesToDrop(duckdb::ClientContext& context, duckdb::Catalog& system) {
  std::vector<EntryName> entries;
  for (const auto type : {duckdb::CatalogType::TABLE_FUNCTION_ENTRY, duckdb::CatalogType::PRAGMA_FUNCTION_ENTRY,
                          duckdb::CatalogType::TABLE_MACRO_ENTRY}) {
    for (const auto& schema : system.GetSchemas(context)) {
      schema.get().Scan(context, type, [&](duckdb::CatalogEntry& entry) {
        if (IsAllowedTableFunction(entry.name) || IsNeededInside(entry.name)) return;
        entries.push_back({entry.type, schema.get().name, entry.name});
      });
    }
  }
  for (const auto name : RefusedScalarFunctions()) {
    for (const auto type : {duckdb::CatalogType::SCALAR_FUNCTION_ENTRY, duckdb::CatalogType::MACRO_ENTRY}) {
      entries.push_back({type, DEFAULT_SCHEMA, std::string(name)});
    }
  }
  return entries;
}

bool Exists(duckdb::ClientContext& context, duckdb::Catalog& system, const EntryName& entry) {
  const auto found =
      system.GetEntry(context, entry.type, entry.schema, entry.name, duckdb::OnEntryNotFound::RETURN_NULL);
  return found && found->type == entry.type;
}

void DropFunctions(duckdb::ClientContext& context) {
  auto& system = duckdb::Catalog::GetSystemCatalog(context);
  for (const auto& entry : EntriesToDrop(context, system)) {
    if (!Exists(context, system, entry)) continue;
    duckdb::DropInfo info;
    info.type = entry.type;
    info.catalog = SYSTEM_CATALOG;
    info.schema = entry.schema;
    info.name = entry.name;
    info.allow_drop_internal = true;
    info.if_not_found = duckdb::OnEntryNotFound::RETURN_NULL;
    info.cascade = true;
    system.DropEntry(context, info);
  }
}

void Run(duckdb::Connection& admin, const std::string& statement) {
  if (auto result = admin.Query(statement); result->HasError()) result->ThrowError(statement + ": ");
}

std::string Bytes(uint64_t bytes) { return QuoteLiteral(std::to_string(bytes) + "B"); }

}  // namespace

duckdb::TableFunction CaptureParquetScan(duckdb::Connection& admin) {
  duckdb::TableFunction captured;
  admin.context->RunFunctionInTransaction([&] {
    auto& entry = duckdb::Catalog::GetEntry<duckdb::TableFunctionCatalogEntry>(*admin.context, SYSTEM_CATALOG,
                                                                               DEFAULT_SCHEMA, "parquet_scan");
    captured = entry.functions.GetFunctionByArguments(*admin.context, {duckdb::LogicalType::VARCHAR});
  });
  return captured;
}

duckdb::CopyFunction CaptureParquetCopy(duckdb::Connection& admin) {
  duckdb::CopyFunction captured("");
  admin.context->RunFunctionInTransaction([&] {
    captured = duckdb::Catalog::GetEntry<duckdb::CopyFunctionCatalogEntry>(*admin.context, SYSTEM_CATALOG,
                                                                           DEFAULT_SCHEMA, "parquet")
                   .function;
  });
  return captured;
}

void RegisterCopy(duckdb::Connection& admin, duckdb::CopyFunction function) {
  admin.context->RunFunctionInTransaction([&] {
    duckdb::CreateCopyFunctionInfo info(std::move(function));
    info.internal = true;
    duckdb::Catalog::GetSystemCatalog(*admin.context).CreateCopyFunction(*admin.context, info);
  });
}

void LockDown(duckdb::DuckDB& database, duckdb::Connection& admin, const EngineConfig& config, bool keeps_files) {
  duckdb::DBConfig::GetConfig(*database.instance).replacement_scans.clear();
  admin.context->RunFunctionInTransaction([&] { DropFunctions(*admin.context); });

  Run(admin, "SET GLOBAL TimeZone='UTC'");
  Run(admin, "SET GLOBAL parquet_metadata_cache=true");
  Run(admin, std::string("SET enable_external_file_cache=") + (keeps_files ? "true" : "false"));
  Run(admin, "SET autoinstall_known_extensions=false");
  Run(admin, "SET autoload_known_extensions=false");
  Run(admin, "SET allow_community_extensions=false");
  Run(admin, "SET allow_persistent_secrets=false");
  Run(admin, "SET memory_limit=" + Bytes(config.memory_limit_bytes));
  Run(admin, "SET threads=" + std::to_string(config.threads));
  Run(admin, "SET temp_directory=" + QuoteLiteral(config.temp_directory));
  Run(admin, "SET max_temp_directory_size=" + Bytes(config.max_temp_bytes));
  Run(admin, "SET allowed_directories=['tarn://']");
  Run(admin, "SET enable_external_access=false");  // refuses the line above when it comes first
  Run(admin, "SET lock_configuration=true");
}

}  // namespace tarn::engine
