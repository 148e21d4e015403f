// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs whose query runs on an engine elsewhere (lake.md §6.8, docs/adr/0025): what of the lake that engine can read,
// and the query in its words, every table at a pinned version. Thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/remote_engine.h"
#include "engine/table_references.h"
#include "gold/interval_range.h"
#include "gold/job.h"
#include "lake/open_tables.h"

namespace tarn::gold {

/// Engines that this server knows beside its own.
struct RemoteEngines {
  engine::TableReferences* references = nullptr;
  std::map<JobEngine, engine::RemoteEngine*> by_name{};
  /// URI of the metadata that a snapshot of an Iceberg table was read from; empty when there is none.
  std::function<std::string(const table::Snapshot&)> metadata_uri_of{};
};

/// A query as the engine elsewhere is to run it.
struct RemoteSelect {
  engine::RemoteEngine& engine;
  std::string sql;
  std::vector<engine::RemoteTable> tables{};  ///< that it reads, each once

  /// Its rows, or those in a range of a column and those that lie nowhere.
  std::string Rows() const;
  std::string RowsIn(const std::string& column, const IntervalRange& range) const;
  /// No rows, only columns.
  std::string Columns() const;
};

class RemoteQueries {
 public:
  RemoteQueries(engine::NameResolver& names, lake::OpenTables& tables, RemoteEngines remotes)
      : names_(names), tables_(tables), remotes_(std::move(remotes)) {}

  /// Whether the job's engine can run it, as far as that can be said before it runs: its tables may not exist yet.
  /// kUnsupported: this server has no such engine; kInvalidArgument: the engine cannot run this job.
  Status CheckSaved(const Job& job);

  /// nullopt for a job that runs here. Fills in the versions that will be read, as Execution::upstreams. Errors as
  /// CheckSaved; a table that is not there is kInvalidArgument, one whose mirror is behind kUnavailable.
  Result<std::optional<RemoteSelect>> Bind(const Job& job, std::map<std::string, int64_t>& upstreams);

 private:
  /// A version by its number in the lake, and by what an engine elsewhere calls it.
  struct Pin {
    int64_t snapshot_id = -1;
    std::optional<int64_t> shown_id;
    std::string metadata_uri{};
  };
  /// One query on its way into another engine's words.
  struct Binding {
    const Job& job;
    engine::RemoteEngine& engine;
    bool is_draft = false;  ///< only to see what can be said: what is not there yet is passed over
    std::map<engine::TableName, Pin> pins{};
  };
  Result<engine::RemoteEngine*> EngineOf(const Job& job) const;
  Result<std::string> Rewrite(const std::string& sql, Binding& binding, int depth);
  Result<std::string> TextOf(const engine::TableReference& reference, Binding& binding, int depth);
  Result<std::string> TableText(const Binding& binding, const engine::TableReference& reference, const Pin& pin) const;
  std::string MetadataUriOf(const table::Snapshot& snapshot) const;
  Result<Pin> PinOf(const engine::TableName& name, const engine::BoundTable& bound);
  Result<Pin> PinMirror(const engine::TableName& name, const table::PinnedTable& pinned);

  engine::NameResolver& names_;
  lake::OpenTables& tables_;
  const RemoteEngines remotes_;
};

}  // namespace tarn::gold
