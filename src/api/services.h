// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the routes stand on: the modules of one process and the API's own settings. Built and owned by app; outlives the
// server. Thread-safe as its parts are.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "alert/alert_loop.h"
#include "base/metrics.h"
#include "base/worker_pool.h"
#include "bronze/file_intake.h"
#include "bronze/landing.h"
#include "catalog/iceberg_catalog.h"
#include "contract/registry.h"
#include "engine/query_engine.h"
#include "gold/gold_tables.h"
#include "gold/jobs.h"
#include "gold/runner.h"
#include "gold/runs.h"
#include "ingest/ingest.h"
#include "lake/catalog.h"
#include "pipeline/pipeline_runner.h"
#include "quarantine/quarantine.h"
#include "quality/monitor_watch.h"
#include "quality/test_results.h"
#include "query/query_service.h"
#include "schedule/scheduler.h"
#include "silver/silver.h"
#include "upkeep/erase.h"
#include "upkeep/trace.h"
#include "upkeep/upkeep.h"

namespace tarn::api {

struct ApiSettings {
  std::string version;      ///< of the program
  std::string public_url;   ///< "http://host:port" for absolute links; empty = the request's Host
  std::string api_key;      ///< empty = no key asked for
  std::string link_secret;  ///< signs download links
  std::chrono::milliseconds ack_timeout{30'000};
  std::string default_format;  ///< of tables whose job names none
  bool runs_jobs = true;       ///< false: the scheduler is off
  std::string dbt_projects;    ///< folder of the dbt projects that pipelines may name; empty: none
};

/// Name and state of one readiness check.
using ReadyCheck = std::pair<std::string, std::string>;

struct Services {
  contract::Registry& registry;
  ingest::Ingest& ingest;
  bronze::Bronze& bronze;
  bronze::Landing& landing;
  bronze::FileIntake& files;
  silver::Silver& silver;
  quarantine::Quarantine& quarantine;
  lake::Catalog& catalog;
  catalog::IcebergCatalog& iceberg;
  engine::QueryEngine& engine;
  query::QueryService& queries;
  gold::Jobs& jobs;
  gold::Runs& runs;
  gold::Runner& runner;
  schedule::Scheduler& scheduler;
  gold::GoldTables& gold_tables;
  upkeep::Upkeep& upkeep;
  upkeep::Tracer& tracer;
  MetricRegistry& metrics;
  WorkerPool& pool;          ///< for everything that blocks
  WorkerPool& large_bodies;  ///< for ingest bodies whose check would hold up an I/O thread
  Clock& clock;
  Randomness& randomness;
  store::ObjectStore& store;                                     ///< where uploads go
  std::function<Result<std::vector<ReadyCheck>>()> check_ready;  ///< a real small write and read
  ApiSettings settings;
  quality::TestResults& test_results;
  upkeep::Erase& erase;
  pipeline::Pipelines& pipelines;
  pipeline::PipelineRuns& pipeline_runs;
  pipeline::PipelineRunner& pipeline_runner;
  quality::Monitors& monitors;
  quality::MonitorWatch& monitor_watch;
  alert::Alerts& alerts;
  alert::AlertLoop& alert_loop;
};

}  // namespace tarn::api
