// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/engine_core.h"

#include <algorithm>

#include "base/random.h"
#include "duckdb/main/valid_checker.hpp"
#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/lake_catalog.h"
#include "engine/duckdb/lockdown.h"
#include "engine/duckdb/object_file_system.h"
#include "engine/duckdb/parquet_parts.h"

namespace tarn::engine {

namespace {

/// Where reading one anew costs little.
constexpr uint64_t kMostFooterBytes = uint64_t{64} << 20;

/// What only our own scans may show to the file system.
std::string NewGrant() {
  SystemRandomness randomness;
  return NewUuid(randomness) + NewUuid(randomness);
}

}  // namespace

Result<std::shared_ptr<EngineCore>> EngineCore::Open(const EngineConfig& config, store::ObjectStore& store,
                                                     NameResolver& resolver) {
  const std::string loaded = duckdb::DuckDB::SourceID();
  if (loaded != TARN_DUCKDB_SOURCE_ID) {
    return Fail(ErrorCode::kFailedPrecondition, "the loaded DuckDB library is build " + loaded +
                                                    ", this program was compiled for " TARN_DUCKDB_SOURCE_ID);
  }
  return CatchDuckDb(
      [&]() -> Result<std::shared_ptr<EngineCore>> { return std::make_shared<EngineCore>(config, store, resolver); });
}

EngineCore::EngineCore(const EngineConfig& config, store::ObjectStore& store, NameResolver& resolver)
    : store_(store),
      services_{.resolver = resolver,
                .grant = NewGrant(),
                .parquet_scan = {},
                .deleted_rows = nullptr,
                .file_indexes = {},
                .attach_domains = {}} {
  services_.attach_domains = [this](const std::vector<std::string>& domains) { return AttachDomains(domains); };
  duckdb::DBConfig options;
  RegisterLakeStorage(options, services_);
  database_ = duckdb::make_uniq<duckdb::DuckDB>(nullptr, &options);
  database_->instance->GetFileSystem().RegisterSubSystem(duckdb::make_uniq<ObjectFileSystem>(store, services_.grant));
  deleted_rows_ = std::make_unique<DeletedRows>(*database_, store);
  services_.deleted_rows = deleted_rows_.get();
  admin_ = std::make_unique<duckdb::Connection>(*database_);
  services_.parquet_scan = CaptureParquetScan(*admin_);
  parquet_copy_ = duckdb::make_uniq<duckdb::CopyFunction>(CaptureParquetCopy(*admin_));
  RegisterCopy(*admin_, MakePartsFunction(*parquet_copy_));
  // Local files are in the system's memory already, which lets go of them when others need it.
  const bool is_local = store.max_staleness().count() == 0;
  LockDown(*database_, *admin_, config, !is_local);
  Attach(kInputCatalog);
  pool_ = std::make_unique<ConnectionPool>(*database_, is_local ? kMostFooterBytes : UINT64_MAX);
}

bool EngineCore::IsAttached(const std::string& domain) {
  const std::lock_guard lock(attached_mutex_);
  return attached_.contains(domain);
}

void EngineCore::Attach(const std::string& catalog) {
  duckdb::AttachInfo info;
  info.name = catalog;
  duckdb::unordered_map<std::string, duckdb::Value> no_options;
  duckdb::AttachOptions options(no_options, duckdb::AccessMode::AUTOMATIC);
  options.db_type = kLakeStorage;
  admin_->context->RunFunctionInTransaction(
      [&] { duckdb::DatabaseManager::Get(*database_->instance).AttachDatabase(*admin_->context, info, options); });
  const std::lock_guard lock(attached_mutex_);
  attached_.insert(catalog);
}

Status EngineCore::AttachDomains(const std::vector<std::string>& domains) {
  const bool all_attached = std::ranges::all_of(domains, [this](const auto& domain) { return IsAttached(domain); });
  if (all_attached) return {};
  TARN_ASSIGN(const auto known, services_.resolver.Domains());
  const std::lock_guard lock(attach_mutex_);
  return CatchDuckDb([&]() -> Status {
    for (const auto& domain : domains) {
      if (IsAttached(domain) || std::ranges::find(known, domain) == known.end()) continue;
      Attach(domain);
    }
    return {};
  });
}

Status EngineCore::AttachAllDomains() {
  TARN_ASSIGN(const auto known, services_.resolver.Domains());
  return AttachDomains(known);
}

bool EngineCore::IsInvalidated() { return duckdb::ValidChecker::IsInvalidated(*database_->instance); }

}  // namespace tarn::engine
