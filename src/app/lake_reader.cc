// SPDX-License-Identifier: Apache-2.0
#include "app/lake_reader.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "app/lake_formats.h"
#include "app/lake_node.h"
#include "app/lake_store.h"
#include "app/version.h"
#include "catalog/external_tables.h"
#include "engine/duckdb/duckdb_engine.h"
#include "engine/duckdb/parquet_files.h"
#include "gold/gold_tables.h"
#include "lake/lake_document.h"
#include "silver/silver.h"
#include "store/local/posix_disk.h"

namespace tarn::app {
namespace {

/// A directory of this process alone, gone with it.
class ScratchDirectory {
 public:
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  Status Make() {
    std::error_code error;
    auto pattern = (std::filesystem::temp_directory_path(error) / "tarn-XXXXXX").string();
    if (error || mkdtemp(pattern.data()) == nullptr) {
      return Fail(ErrorCode::kUnavailable, "cannot make a temporary directory");
    }
    path_ = pattern;
    return {};
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Status NeverWrites() { return Fail(ErrorCode::kFailedPrecondition, "the lake is opened read-only"); }

}  // namespace

/// In the order of opening; destroyed from the last to the first.
struct LakeReader::Parts {
  explicit Parts(const Config& settings) : config(settings) {}

  const Config config;
  ScratchDirectory scratch;
  SystemClock clock;
  SystemRandomness randomness;
  MetricRegistry metrics;
  store::PosixDisk disk;
  std::unique_ptr<LakeStore> lake_store;
  store::ObjectStore* store = nullptr;  ///< of lake_store
  std::unique_ptr<LakeFormats> formats;
  std::unique_ptr<lake::OpenTables> tables;
  std::unique_ptr<contract::Registry> registry;
  std::unique_ptr<gold::Jobs> jobs;
  ingest::Tail tail;  ///< stays empty
  std::unique_ptr<engine::DuckDbParquetFiles> parquet_files;
  std::unique_ptr<quarantine::StateLogs> reviews;
  std::unique_ptr<bronze::Bronze> bronze;
  lake::Catalog catalog;
  std::unique_ptr<engine::DuckDbEngine> engine;
  std::unique_ptr<silver::Silver> silver;
  std::unique_ptr<quarantine::Quarantine> quarantine;
  std::unique_ptr<gold::GoldTables> gold_tables;
  std::unique_ptr<catalog::IcebergCatalog> iceberg_catalog;
  std::unique_ptr<catalog::ExternalTables> external_tables;

  Status OpenLake();
  Status OpenEngine();
  void OpenLayers();
};

Status LakeReader::Parts::OpenLake() {
  TARN_TRY(scratch.Make());
  TARN_ASSIGN(lake_store, LakeStore::OpenToRead(config, {disk, clock, randomness, metrics}, scratch.path() + "/cache"));
  store = &lake_store->store();
  const auto document = lake::OpenLake(*store, clock);
  if (!document && document.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, "there is no lake in " + config.lake + " (it has no tarn.json)");
  }
  TARN_TRY(document);
  TARN_TRY(lake_store->OpenLayerRoots(document->id));
  store = &lake_store->store();
  formats = std::make_unique<LakeFormats>(*store, clock, randomness, table::RetentionRule());
  tables = std::make_unique<lake::OpenTables>(table::Table::Dependencies{*store, formats->formats(), clock, randomness},
                                              &formats->mirrors());
  registry = std::make_unique<contract::Registry>(*store, clock, "tarn/" + std::string(kVersion), config.table_format);
  TARN_TRY(registry->Open());
  jobs = std::make_unique<gold::Jobs>(*store, clock);
  return jobs->Open();
}

Status LakeReader::Parts::OpenEngine() {
  engine::EngineConfig settings;
  settings.memory_limit_bytes = config.engine_memory_bytes > 0 ? config.engine_memory_bytes : DefaultEngineMemory();
  settings.threads = config.engine_threads > 0 ? static_cast<uint32_t>(config.engine_threads)
                                               : std::max(1U, std::thread::hardware_concurrency());
  settings.temp_directory = config.engine_temp.empty() ? scratch.path() : config.engine_temp;
  TARN_ASSIGN(engine, engine::DuckDbEngine::Open(settings, *store, catalog));
  return {};
}

void LakeReader::Parts::OpenLayers() {
  silver = std::make_unique<silver::Silver>(
      silver::MergeDependencies{*store, *engine, *tables, *bronze, *registry, clock, randomness, NeverWrites}, metrics);
  quarantine = std::make_unique<quarantine::Quarantine>(
      quarantine::Quarantine::Dependencies{*store, *registry, *reviews, clock, randomness, NeverWrites});
  quarantine->AddFeed(
      [this](const std::string& domain, const std::string& table) { return bronze->QuarantineUnits(domain, table); });
  quarantine->AddFeed(
      [this](const std::string& domain, const std::string& table) { return silver->QuarantineUnits(domain, table); });
  gold_tables = std::make_unique<gold::GoldTables>(*jobs, *tables, NeverWrites);
  catalog.AddLayer("bronze", *bronze);
  catalog.AddLayer("silver", *silver);
  catalog.AddLayer("gold", *gold_tables);
  catalog.AddLayer("quarantine", *quarantine);
  iceberg_catalog = std::make_unique<catalog::IcebergCatalog>(
      catalog::IcebergCatalog::Dependencies{*store, catalog, *tables, clock, randomness, NeverWrites});
  external_tables = std::make_unique<catalog::ExternalTables>(*iceberg_catalog, *store);
  catalog.AddLayer("external", *external_tables);
}

LakeReader::LakeReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LakeReader::~LakeReader() = default;

Result<std::unique_ptr<LakeReader>> LakeReader::Open(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  TARN_TRY(parts->OpenLake());
  parts->parquet_files = std::make_unique<engine::DuckDbParquetFiles>(*parts->store);
  parts->reviews = std::make_unique<quarantine::StateLogs>(*parts->store, parts->clock);
  parts->bronze = std::make_unique<bronze::Bronze>(
      bronze::Bronze::Dependencies{*parts->store, parts->tail, *parts->registry, parts->clock, parts->randomness,
                                   "reader", 0, NeverWrites, *parts->reviews, parts->parquet_files.get()});
  TARN_TRY(parts->OpenEngine());
  parts->OpenLayers();
  return std::unique_ptr<LakeReader>(new LakeReader(std::move(parts)));
}

store::ObjectStore& LakeReader::store() { return *parts_->store; }
store::Disk& LakeReader::disk() { return parts_->disk; }
Clock& LakeReader::clock() { return parts_->clock; }
engine::ParquetFiles& LakeReader::parquet_files() { return *parts_->parquet_files; }
engine::QueryEngine& LakeReader::engine() { return *parts_->engine; }
lake::OpenTables& LakeReader::tables() { return *parts_->tables; }
contract::Registry& LakeReader::registry() { return *parts_->registry; }
gold::Jobs& LakeReader::jobs() { return *parts_->jobs; }
MetricRegistry& LakeReader::metrics() { return parts_->metrics; }

}  // namespace tarn::app
