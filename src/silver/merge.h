// SPDX-License-Identifier: Apache-2.0
#pragma once
// One merge: bronze-log entries behind the table's position into one commit that holds rows, position and side manifest
// (durability.md §5). Changed rows are marked or their files rewritten (docs/adr/0013). Thread-safe; one merge in
// flight per endpoint is the caller's business.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze.h"
#include "contract/registry.h"
#include "engine/query_engine.h"
#include "lake/open_tables.h"
#include "quarantine/state_log.h"
#include "silver/checked_rows.h"
#include "silver/file_plan.h"
#include "silver/key_filters.h"
#include "silver/last_side_manifests.h"
#include "silver/side_manifest.h"
#include "table/parquet_codec.h"
#include "table/position_delete_cache.h"

namespace tarn::silver {

inline constexpr const char* kPositionTransaction = "tarn-bronze";
inline constexpr const char* kSideTransaction = "tarn-side";
inline constexpr const char* kRebuildTransaction = "tarn-rebuild";  ///< Contract::rebuild_version the rows are made for

/// Whether the table's rows were made for another contract than the endpoint has by now.
bool WaitsForRebuild(const contract::Contract& contract, const table::Snapshot& snapshot);

struct MergeDependencies {
  store::ObjectStore& store;
  engine::QueryEngine& engine;
  lake::OpenTables& tables;
  bronze::Bronze& bronze;
  contract::Registry& registry;
  Clock& clock;
  Randomness& randomness;
  std::function<Status()> seat_check;
  table::ParquetCodec* parquet = nullptr;  ///< reads position delete files
  bool merge_on_read = true;               ///< of tables that do not say it themselves (docs/adr/0013)
  CostRule cost_rule = {};
  quarantine::StateLogs* reviews = nullptr;  ///< rebuilds take what was replayed, not what was refused
};

/// Number of the last bronze-log entry the table holds; 0 before the first. kCorrupt for a table with data and no
/// position.
Result<uint64_t> PositionOf(const table::Snapshot& snapshot);

/// Side manifest of a snapshot; empty before the first merge.
Result<SideManifest> SideManifestOf(store::ObjectStore& store, const std::string& location,
                                    const table::Snapshot& snapshot);

/// What merges of all tables have read of objects that never change.
struct MergeCaches {
  MergeCaches(store::ObjectStore& store, int64_t min_filtered_rows) : key_filters(store, min_filtered_rows) {}

  KeyFilters key_filters;
  table::PositionDeleteCache position_deletes;
  LastSideManifests sides;
};

class Merge {
 public:
  /// Compressed bronze bytes one merge takes at most; as text and as rows they are about ten times that, and the engine
  /// holds the rows about twice.
  static constexpr uint64_t kMaxObjectBytes = 4ULL << 20;

  explicit Merge(MergeDependencies dependencies)
      : dependencies_(std::move(dependencies)),
        caches_(dependencies_.store, dependencies_.cost_rule.min_filtered_rows) {}

  struct Outcome {
    uint64_t position = 0;
    bool committed = false;
  };
  /// Merges the next entries of the endpoint. Not committed = nothing was to be merged, or a rebuild comes first.
  Result<Outcome> RunOnce(const std::string& domain, const std::string& table);

  /// As RunOnce into a table elsewhere that starts from nothing; `handled`: see CheckedRows.
  Result<Outcome> RunInto(const std::string& location, const contract::EndpointPtr& endpoint,
                          std::shared_ptr<const HandledRecords> handled);

  /// As SideManifestOf, without reading what the table's last merge made or this has read.
  Result<SideManifest> SideOf(const std::string& location, const table::Snapshot& snapshot);

 private:
  struct Folder {
    contract::EndpointPtr endpoint;
    uint64_t generation = 1;  ///< folder generation
    std::string location;
    std::shared_ptr<const HandledRecords> handled{};
    bool staged = false;
  };
  Result<Outcome> RunFolder(const Folder& folder);
  Result<std::optional<table::CommitIntent>> Plan(const Folder& folder, const table::SnapshotPtr& base);
  Result<uint64_t> FolderOf(const std::string& domain, const std::string& table, const bronze::LogEntry& entry);
  Result<std::vector<Folder>> FoldersToMerge(const std::string& domain, const std::string& table);

  const MergeDependencies dependencies_;
  MergeCaches caches_;
};

}  // namespace tarn::silver
