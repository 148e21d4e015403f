// SPDX-License-Identifier: Apache-2.0
#include "app/lake_node.h"

#include <unistd.h>

#include <future>
#include <thread>

#include "app/alerting.h"
#include "app/dbt_pipeline.h"
#include "app/derived_outputs.h"
#include "app/exit_codes.h"
#include "app/file_watch.h"
#include "app/job_engines.h"
#include "app/lake_formats.h"
#include "app/lake_store.h"
#include "app/version.h"
#include "base/this_thread.h"
#include "catalog/external_tables.h"
#include "codec/digest.h"
#include "engine/duckdb/duckdb_engine.h"
#include "engine/duckdb/parquet_files.h"
#include "gold/gold_tables.h"
#include "gold/job_tasks.h"
#include "ingest/idempotency.h"
#include "ingest/node_log.h"
#include "lake/keys.h"
#include "lake/lake_document.h"
#include "lake/seat.h"
#include "pipeline/pipeline_tasks.h"
#include "schedule/scheduler.h"
#include "store/local/posix_disk.h"
#include "upkeep/erase.h"
#include "upkeep/system_tables.h"

namespace tarn::app {
namespace {

/// Bodies wait here in memory, which is bounded by what connections may hold.
constexpr WorkerPool::Limits kLargeBodyLimits{.threads = 2, .queued_tasks = 1024};

/// Ends the serving process at once; the supervisor restarts it and replay decides what is true.
[[noreturn]] void Die(int code, std::string_view what, const Error& error) {
  LogError(what, {{"error", error.ToString()}, {"exit_code", code}});
  _exit(code);
}

std::string SourceOf(const lake::Seat& seat) { return "node:" + seat.node_id(); }

engine::EngineConfig EngineConfigOf(const Config& config) {
  engine::EngineConfig engine;
  engine.memory_limit_bytes = config.engine_memory_bytes > 0 ? config.engine_memory_bytes : DefaultEngineMemory();
  engine.threads = config.engine_threads > 0 ? static_cast<uint32_t>(config.engine_threads)
                                             : std::max(1U, std::thread::hardware_concurrency());
  engine.temp_directory = config.engine_temp.empty() ? config.data_dir + "/tmp" : config.engine_temp;
  return engine;
}

upkeep::UpkeepOptions UpkeepOptionsOf(const Config& config) {
  upkeep::UpkeepOptions options;
  options.enabled = config.upkeep;
  options.interval = config.upkeep_interval;
  options.cluster_by_key = config.compact_by_key;
  options.compaction.target_file_bytes = static_cast<int64_t>(config.compact_file_bytes);
  options.compaction.files_per_tier = config.compact_files;
  options.bronze_merge.entries_per_tier = config.compact_files;
  options.expiry.keep.last = config.keep_versions;
  options.expiry.objects_after = config.delete_after;
  return options;
}

/// A key object nobody guesses; links of one start of the server die with it, which their lifetime allows.
std::string NewLinkSecret(Randomness& randomness) {
  std::string secret;
  for (int i = 0; i < 4; ++i) secret += std::to_string(randomness.Next());
  return secret;
}

}  // namespace

uint64_t DefaultEngineMemory() {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page = sysconf(_SC_PAGESIZE);
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) / 2;
}

/// In the order of opening; destroyed from the last to the first.
struct LakeNode::Parts {
  explicit Parts(const Config& settings) : config(settings) {}

  const Config config;
  SystemClock clock;
  SystemRandomness randomness;
  MetricRegistry metrics;
  store::PosixDisk disk;
  std::unique_ptr<LakeStore> lake_store;
  store::ObjectStore* store = nullptr;  ///< of lake_store
  std::unique_ptr<lake::Seat> seat;
  std::unique_ptr<LakeFormats> formats;
  std::unique_ptr<lake::OpenTables> tables;
  std::unique_ptr<contract::Registry> registry;
  std::unique_ptr<gold::Jobs> jobs;
  std::unique_ptr<gold::Runs> runs;
  std::unique_ptr<quality::TestResults> test_results;
  std::unique_ptr<ingest::IdempotencyMap> idempotency;
  std::unique_ptr<ingest::NodeLog> log;
  std::unique_ptr<engine::DuckDbParquetFiles> parquet_files;
  std::unique_ptr<quarantine::StateLogs> reviews;
  std::unique_ptr<bronze::Bronze> bronze;
  lake::Catalog catalog;
  std::future<Result<std::unique_ptr<engine::DuckDbEngine>>> opening_engine;
  std::unique_ptr<engine::DuckDbEngine> engine;
  std::unique_ptr<silver::Silver> silver;
  std::unique_ptr<bronze::Landing> landing;
  std::unique_ptr<bronze::FileIntake> files;
  std::unique_ptr<FileWatch> watch;
  std::unique_ptr<quarantine::Quarantine> quarantine;
  std::unique_ptr<gold::GoldTables> gold_tables;
  std::unique_ptr<JobEngines> job_engines;
  std::unique_ptr<gold::Runner> runner;
  std::unique_ptr<gold::JobTasks> job_tasks;
  std::unique_ptr<pipeline::Pipelines> pipelines;
  std::unique_ptr<pipeline::PipelineRuns> pipeline_runs;
  std::unique_ptr<pipeline::ProjectRuns> projects;
  std::unique_ptr<pipeline::PipelineRunner> pipeline_runner;
  std::unique_ptr<pipeline::PipelineTasks> tasks;
  std::unique_ptr<Alerting> alerting;
  std::unique_ptr<schedule::Scheduler> scheduler;
  std::unique_ptr<upkeep::Upkeep> upkeep;
  std::unique_ptr<upkeep::Erase> erase;
  std::unique_ptr<upkeep::SystemTables> system_tables;
  std::unique_ptr<upkeep::Tracer> tracer;
  std::unique_ptr<catalog::IcebergCatalog> iceberg_catalog;
  std::unique_ptr<catalog::ExternalTables> external_tables;
  std::unique_ptr<ingest::Ingest> ingest;
  std::unique_ptr<query::QueryService> queries;
  std::unique_ptr<WorkerPool> pool;
  std::unique_ptr<WorkerPool> large_bodies;
  std::unique_ptr<api::Services> services;

  Status OpenStore();
  void BeginOpeningEngine();
  Status OpenRegistries();
  Status OpenLog();
  Status OpenLayers();
  void NameLayers();
  silver::MergeDependencies MergeDependenciesOf();
  void OpenPipelines();
  void MakeServices();
  Result<std::vector<api::ReadyCheck>> CheckReady();
  static std::string NameOfTableAt(const std::string& location);
  std::function<Status()> SeatCheck() {
    return [this] { return seat->CheckStillMine(); };
  }
};

Status LakeNode::Parts::OpenStore() {
  TARN_ASSIGN(lake_store, LakeStore::OpenToServe(config, {disk, clock, randomness, metrics}, [](const Error& error) {
                Die(kExitStoreFailure, "the lake's disk failed a sync", error);
              }));
  store = &lake_store->store();
  TARN_ASSIGN(const auto document, lake::OpenOrCreateLake(*store, clock, randomness));
  TARN_ASSIGN(seat,
              lake::Seat::Take(*store, disk, clock, randomness, {document.id, config.data_dir, config.take_over}));
  TARN_TRY(lake_store->OpenLayerRoots(document.id));
  store = &lake_store->store();
  seat->OnLost([](const Error& error) { Die(kExitSeatLost, "another node serves this lake now", error); });
  return {};
}

void LakeNode::Parts::BeginOpeningEngine() {
  // It needs nothing but the store until somebody asks, so it opens while contracts and log are read. Its threads
  // inherit the step back: what requests wait for most is the log.
  opening_engine = std::async(std::launch::async, [this] {
    StepBack(kLandingNiceness);
    return engine::DuckDbEngine::Open(EngineConfigOf(config), *store, catalog);
  });
}

Status LakeNode::Parts::OpenRegistries() {
  parquet_files = std::make_unique<engine::DuckDbParquetFiles>(*store);
  reviews = std::make_unique<quarantine::StateLogs>(*store, clock);
  formats = std::make_unique<LakeFormats>(*store, clock, randomness, UpkeepOptionsOf(config).expiry.keep);
  tables = std::make_unique<lake::OpenTables>(table::Table::Dependencies{*store, formats->formats(), clock, randomness},
                                              &formats->mirrors());
  registry = std::make_unique<contract::Registry>(*store, clock, "tarn/" + std::string(kVersion), config.table_format);
  TARN_TRY(registry->Open());
  jobs = std::make_unique<gold::Jobs>(*store, clock);
  TARN_TRY(jobs->Open());
  runs = std::make_unique<gold::Runs>(*store, clock);
  pipelines = std::make_unique<pipeline::Pipelines>(*store, clock);
  TARN_TRY(pipelines->Open());
  pipeline_runs = std::make_unique<pipeline::PipelineRuns>(*store, clock);
  test_results = std::make_unique<quality::TestResults>(*store, clock);
  return {};
}

Status LakeNode::Parts::OpenLog() {
  idempotency =
      std::make_unique<ingest::IdempotencyMap>(*store, clock, seat->node_id(), ingest::IdempotencyMap::Limits{});
  TARN_TRY(idempotency->Load());
  ingest::NodeLog::Request request;
  request.data_dir = config.data_dir;
  request.lake_id = seat->lake_id();
  request.incarnation = seat->incarnation();
  request.limits.unlanded_bytes = config.unlanded_limit_bytes;
  request.limits.frame_bytes = 2 * config.body_limit_bytes;
  request.landed = [this](const ingest::EndpointKey& endpoint) -> Result<std::optional<lake::Offset>> {
    bronze::BronzeLog landed(*store, clock, endpoint.domain, endpoint.table);
    TARN_ASSIGN(const auto summary, landed.Summary());
    const auto last = summary.last_by_source.find(SourceOf(*seat));
    if (last == summary.last_by_source.end()) return std::optional<lake::Offset>();
    return std::optional(last->second);
  };
  request.on_keyed = [this](const ingest::FrameView& frame, uint64_t segment) {
    idempotency->AddFrame(frame, segment);
  };
  request.before_recycle = [this](uint64_t segment) { return idempotency->Persist(segment); };
  request.on_fatal = [](const Error& error) { Die(kExitLogFailure, "the log's disk failed", error); };
  TARN_ASSIGN(log, ingest::NodeLog::Open({disk, clock, metrics}, std::move(request)));
  return {};
}

silver::MergeDependencies LakeNode::Parts::MergeDependenciesOf() {
  return {*store,
          *engine,
          *tables,
          *bronze,
          *registry,
          clock,
          randomness,
          SeatCheck(),
          &formats->parquet(),
          config.merge_on_read,
          {},
          reviews.get()};
}

Status LakeNode::Parts::OpenLayers() {
  bronze = std::make_unique<bronze::Bronze>(
      bronze::Bronze::Dependencies{*store, log->tail(), *registry, clock, randomness, SourceOf(*seat),
                                   seat->incarnation(), SeatCheck(), *reviews, parquet_files.get()});
  TARN_ASSIGN(engine, opening_engine.get());
  silver = std::make_unique<silver::Silver>(MergeDependenciesOf(), metrics);
  landing = std::make_unique<bronze::Landing>(
      bronze::Landing::Dependencies{*bronze, log->tail(), metrics, config.land_interval});
  landing->Subscribe(
      [this](const std::string& domain, const std::string& table, uint64_t) { silver->OnLanded(domain, table); });
  files = std::make_unique<bronze::FileIntake>(bronze::FileIntake::Dependencies{
      *store,
      *bronze,
      *registry,
      clock,
      randomness,
      metrics,
      seat->incarnation(),
      SeatCheck(),
      [this](const std::string& domain, const std::string& table, uint64_t) { silver->OnLanded(domain, table); },
      {}});
  watch = std::make_unique<FileWatch>(FileWatch::Dependencies{*store, *files, randomness}, config.watch,
                                      config.watch_interval);
  quarantine = std::make_unique<quarantine::Quarantine>(
      quarantine::Quarantine::Dependencies{*store, *registry, *reviews, clock, randomness, SeatCheck()});
  quarantine->AddFeed(
      [this](const std::string& domain, const std::string& table) { return bronze->QuarantineUnits(domain, table); });
  quarantine->AddFeed(
      [this](const std::string& domain, const std::string& table) { return silver->QuarantineUnits(domain, table); });
  quarantine->SetReplayer(
      [this](const std::string& domain, const std::string& table) { return landing->AppendReplays({domain, table}); });
  gold_tables = std::make_unique<gold::GoldTables>(*jobs, *tables, SeatCheck());
  TARN_ASSIGN(job_engines, JobEngines::Open(config, {*store, *parquet_files, *parquet_files, randomness, clock}));
  runner = std::make_unique<gold::Runner>(gold::Runner::Dependencies{
      *engine, catalog, *tables, *jobs, *runs, clock, metrics, *test_results, SeatCheck(), job_engines->remotes()});
  job_tasks = std::make_unique<gold::JobTasks>(gold::JobTasks::Dependencies{catalog, *tables, *jobs, *runs, *runner});
  OpenPipelines();
  alerting = std::make_unique<Alerting>(
      config, Alerting::Dependencies{
                  *store, catalog, *tables, clock, metrics, {*jobs, *runs, *test_results, *pipelines, *pipeline_runs}});
  TARN_TRY(alerting->Open());
  upkeep = std::make_unique<upkeep::Upkeep>(
      upkeep::Upkeep::Dependencies{*store, *engine, *tables, *registry, *bronze, clock, randomness, metrics,
                                   SeatCheck(), [this] { return runner->OldestInFlight(); },
                                   [this] { return MirroredTables(*registry, *jobs); },
                                   [this] { return ExportedTables(*registry, *jobs); }},
      UpkeepOptionsOf(config));
  formats->formats().OnCommit([this](const std::string& location) {
    const auto name = NameOfTableAt(location);
    scheduler->NudgeUpstream(name);
    alerting->watch().OnCommit(name);
    upkeep->OnCommit(location);
  });
  erase = std::make_unique<upkeep::Erase>(upkeep::ErasureDependencies{
      MergeDependenciesOf(), log->tail(), *landing, *silver, *jobs, *runs, *runner, *test_results, *upkeep,
      seat->incarnation(), [this] { return log->Scrub(upkeep::ErasureSteps::kPatience); },
      [this](std::span<const lake::Offset> records) { return idempotency->Forget(records); },
      [this] { return ExportedTables(*registry, *jobs); }, clock.Now()});
  tracer = std::make_unique<upkeep::Tracer>(upkeep::Tracer::Dependencies{*store, *engine, *tables, *registry, *bronze,
                                                                         log->tail(), *quarantine, *jobs, *runs});
  system_tables = std::make_unique<upkeep::SystemTables>(
      upkeep::SystemTables::Dependencies{*store, *tables, *silver, upkeep->runs(), *bronze, *runs, *test_results,
                                         *pipeline_runs, alerting->monitors(), alerting->watch(), alerting->alerts()});
  NameLayers();
  iceberg_catalog = std::make_unique<catalog::IcebergCatalog>(
      catalog::IcebergCatalog::Dependencies{*store, catalog, *tables, clock, randomness, SeatCheck()});
  external_tables = std::make_unique<catalog::ExternalTables>(*iceberg_catalog, *store);
  catalog.AddLayer("external", *external_tables);
  return {};
}

/// What runs by itself: jobs and pipelines of them, and the scheduler that opens their runs.
void LakeNode::Parts::OpenPipelines() {
  projects = std::make_unique<pipeline::ProjectRuns>([this](const auto& call, const auto& stop) {
    return RunDbtProject({*services, config.dbt_projects, config.table_format}, call, stop);
  });
  pipeline_runner = std::make_unique<pipeline::PipelineRunner>(
      pipeline::PipelineRunner::Dependencies{*pipelines, *pipeline_runs, *jobs, *runs, *runner, *projects, clock});
  projects->OnEnd([this] { pipeline_runner->OnJobEnd(); });
  tasks = std::make_unique<pipeline::PipelineTasks>(
      pipeline::PipelineTasks::Dependencies{*job_tasks, *pipelines, *pipeline_runs, *pipeline_runner});
  scheduler = std::make_unique<schedule::Scheduler>(*tasks, clock, metrics);
  runner->OnEnd([this](const std::string& job) {
    pipeline_runner->OnJobEnd();
    scheduler->Nudge();
    alerting->loop().OnJob(job);
  });
  pipeline_runner->OnEnd([this](const std::string& name) {
    scheduler->Nudge();
    alerting->loop().OnPipeline(name);
  });
}

void LakeNode::Parts::NameLayers() {
  catalog.AddLayer("bronze", *bronze);
  catalog.AddLayer("silver", *silver);
  catalog.AddLayer("gold", *gold_tables);
  catalog.AddLayer("quarantine", *quarantine);
  catalog.AddLayer("system", *system_tables);
}

/// As a job's query names the table; empty for one that others made.
std::string LakeNode::Parts::NameOfTableAt(const std::string& location) {
  const auto table = upkeep::TableAt(location);
  if (table.layer != "silver" && table.layer != "gold") return "";
  return engine::TableName{table.domain, table.layer, table.table}.ToString();
}

void LakeNode::Parts::MakeServices() {
  ingest::Ingest::Limits limits;
  limits.max_body_bytes = config.body_limit_bytes;
  ingest =
      std::make_unique<ingest::Ingest>(ingest::Ingest::Dependencies{*registry, *log, *idempotency, metrics}, limits);
  query::QueryLimits query_limits;
  query_limits.default_timeout = config.query_timeout;
  // What a query pinned stays that long after its versions expired.
  query_limits.max_timeout = std::min(query_limits.max_timeout, config.delete_after);
  queries = std::make_unique<query::QueryService>(*engine, query_limits, metrics);
  large_bodies = std::make_unique<WorkerPool>("tarn-body", kLargeBodyLimits);
  pool = std::make_unique<WorkerPool>("tarn-worker",
                                      WorkerPool::Limits{.threads = config.worker_threads, .queued_tasks = 4096});
  api::ApiSettings settings{std::string(kVersion), config.public_url,   config.api_key,   NewLinkSecret(randomness),
                            config.ack_timeout,    config.table_format, config.scheduler, config.dbt_projects};
  auto check_ready = [this] { return CheckReady(); };
  services = std::make_unique<api::Services>(api::Services{*registry,
                                                           *ingest,
                                                           *bronze,
                                                           *landing,
                                                           *files,
                                                           *silver,
                                                           *quarantine,
                                                           catalog,
                                                           *iceberg_catalog,
                                                           *engine,
                                                           *queries,
                                                           *jobs,
                                                           *runs,
                                                           *runner,
                                                           *scheduler,
                                                           *gold_tables,
                                                           *upkeep,
                                                           *tracer,
                                                           metrics,
                                                           *pool,
                                                           *large_bodies,
                                                           clock,
                                                           randomness,
                                                           *store,
                                                           std::move(check_ready),
                                                           std::move(settings),
                                                           *test_results,
                                                           *erase,
                                                           *pipelines,
                                                           *pipeline_runs,
                                                           *pipeline_runner,
                                                           alerting->monitors(),
                                                           alerting->watch(),
                                                           alerting->alerts(),
                                                           alerting->loop()});
}

Result<std::vector<api::ReadyCheck>> LakeNode::Parts::CheckReady() {
  const auto key = "_control/health/" + NewUuid(randomness) + ".txt";
  const std::string body = "ready?";
  const store::PutRequest put{key, body};
  TARN_TRY(store->PutAll({&put, 1}));
  TARN_ASSIGN(const auto back, store->Get(key));
  TARN_TRY(store->Delete(key));
  if (back != body) return Fail(ErrorCode::kUnavailable, "the object store gave back other bytes than it was given");
  TARN_TRY(seat->CheckStillMine());
  engine::QueryRequest probe;
  probe.sql = "SELECT 1";
  TARN_ASSIGN(const auto rows, engine->Query(probe));
  table::BatchView batch;
  TARN_TRY(rows->Next(batch));
  return std::vector<api::ReadyCheck>{{"store_write", "ok"}, {"store_read", "ok"}, {"seat", "ok"}, {"engine", "ok"}};
}

LakeNode::LakeNode(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

LakeNode::~LakeNode() { Close(); }

Result<std::unique_ptr<LakeNode>> LakeNode::Open(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  TARN_TRY(parts->OpenStore());
  parts->BeginOpeningEngine();
  TARN_TRY(parts->OpenRegistries());
  TARN_TRY(parts->OpenLog());
  TARN_TRY(parts->OpenLayers());
  parts->MakeServices();
  return std::unique_ptr<LakeNode>(new LakeNode(std::move(parts)));
}

Status LakeNode::StartBackground() {
  parts_->silver->Start();
  parts_->landing->Start();
  parts_->files->Start();
  parts_->watch->Start();
  parts_->upkeep->Start();
  TARN_TRY(parts_->runner->Start());
  parts_->erase->Start();
  TARN_TRY(parts_->pipeline_runner->Start());
  parts_->alerting->Start();
  if (parts_->config.scheduler) parts_->scheduler->Start();
  return {};
}

Status LakeNode::StartJobs() { return parts_->runner->Start(); }

api::Services& LakeNode::services() { return *parts_->services; }

Result<uint64_t> LakeNode::LandEverything() {
  constexpr uint64_t kCutBytes = bronze::Landing::kCutBytes;
  uint64_t rows = 0;
  for (const auto& endpoint : parts_->log->tail().Endpoints()) {
    for (;;) {
      TARN_ASSIGN(const auto landed, parts_->bronze->LandOnce(endpoint.domain, endpoint.table, kCutBytes));
      if (!landed) break;
      rows += landed->rows;
    }
  }
  return rows;
}

void LakeNode::Close() {
  if (!parts_ || !parts_->log) return;
  parts_->pool->Stop();
  parts_->large_bodies->Stop();
  parts_->files->Stop();
  parts_->watch->Stop();
  parts_->alerting->Stop();
  parts_->upkeep->Stop();
  parts_->erase->Stop();
  parts_->landing->Stop();
  parts_->scheduler->Stop();
  parts_->pipeline_runner->Stop();
  parts_->projects->Stop();
  parts_->runner->Stop();
  parts_->silver->Stop();
  parts_->log->Close();
}

}  // namespace tarn::app
