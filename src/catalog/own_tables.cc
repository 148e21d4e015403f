// SPDX-License-Identifier: Apache-2.0
#include "catalog/own_tables.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <variant>

#include "catalog/own_table_rules.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/metadata_builder.h"
#include "table/iceberg/metadata_commit.h"
#include "table/iceberg/table_updates.h"
#include "table/pinned_table.h"

namespace tarn::catalog {
namespace {

using table::iceberg::IcebergState;

constexpr size_t kLayerDepth = 2;
constexpr auto kTableLayers = std::to_array<std::string_view>({"gold", "silver"});
constexpr auto kAllLayers =
    std::to_array<std::string_view>({"bronze", "external", "gold", "quarantine", "silver", "system"});
constexpr std::string_view kOwnDomain = "tarn";
constexpr std::string_view kFormat = "iceberg";

bool IsTableLayer(std::string_view word) { return std::ranges::find(kTableLayers, word) != kTableLayers.end(); }

LoadedTable LoadedOf(const table::Snapshot& snapshot) {
  const IcebergState& state = table::iceberg::StateOf(snapshot);
  return {state.metadata, state.metadata_uri};
}

}  // namespace

bool OwnTables::IsReserved(const Namespace& levels) {
  if (!levels.empty() && levels.front() == kOwnDomain) return true;
  return levels.size() >= kLayerDepth && std::ranges::find(kAllLayers, levels[1]) != kAllLayers.end();
}

Result<std::vector<Namespace>> OwnTables::Children(const Namespace& parent) {
  std::set<Namespace> found;
  if (parent.size() >= kLayerDepth) return std::vector<Namespace>();
  TARN_ASSIGN(const auto tables, names_.List(parent.empty() ? "" : parent.front(), ""));
  for (const engine::TableName& name : tables) {
    if (!IsTableLayer(name.layer)) continue;
    found.insert(parent.empty() ? Namespace{name.domain} : Namespace{name.domain, name.layer});
  }
  return std::vector<Namespace>(found.begin(), found.end());
}

Result<bool> OwnTables::Exists(const Namespace& levels) {
  if (levels.empty() || levels.size() > kLayerDepth) return false;
  const Namespace parent(levels.begin(), levels.end() - 1);
  TARN_ASSIGN(const auto siblings, Children(parent));
  return std::ranges::find(siblings, levels) != siblings.end();
}

Result<std::vector<std::string>> OwnTables::Tables(const Namespace& levels) {
  std::vector<std::string> names;
  if (levels.size() != kLayerDepth || !IsTableLayer(levels[1])) return names;
  TARN_ASSIGN(const auto tables, names_.List(levels[0], levels[1]));
  for (const engine::TableName& one : tables) {
    TARN_ASSIGN(const auto found, Pin({levels, one.table}));
    if (found) names.push_back(one.table);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::optional<OwnTables::Pinned>> OwnTables::Pin(const TableName& name) {
  if (name.levels.size() != kLayerDepth || !IsTableLayer(name.levels[1])) return std::nullopt;
  const auto bound =
      names_.Resolve({.domain = name.levels[0], .layer = name.levels[1], .table = name.name}, std::nullopt);
  if (!bound && bound.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!bound) return Fail(bound.error());
  const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
  if (pinned == nullptr || !pinned->snapshot->exists()) return std::nullopt;
  if (pinned->snapshot->format == kFormat) return Pinned{pinned->location, pinned->snapshot};
  if (lake::MirrorFormatOf(*pinned->snapshot) != kFormat) return std::nullopt;
  TARN_ASSIGN(const auto mirror, tables_.MirrorOf(pinned->location));
  if (mirror == nullptr) return std::nullopt;
  TARN_ASSIGN(auto shown, mirror->Load());
  if (!shown->exists() || !lake::IsMirror(*shown)) return std::nullopt;
  return Pinned{pinned->location, std::move(shown), true};
}

Result<std::optional<LoadedTable>> OwnTables::Find(const TableName& name) {
  TARN_ASSIGN(const auto pinned, Pin(name));
  if (!pinned) return std::nullopt;
  return LoadedOf(*pinned->snapshot);
}

Result<LoadedTable> OwnTables::Commit(const TableName& name, const codec::OrderedJson& requirements,
                                      const codec::OrderedJson& updates) {
  TARN_ASSIGN(const auto pinned, Pin(name));
  if (!pinned) return Fail(ErrorCode::kNotFound, "Table does not exist: " + ToString(name));
  if (pinned->is_mirror) {
    return Fail(ErrorCode::kFailedPrecondition,
                "the table is the mirror of one in another format, and read-only: " + ToString(name));
  }
  const auto table = tables_.Get(pinned->location);
  const auto maker = [&](const table::SnapshotPtr& base) {
    return PlanCommit(pinned->location, base, requirements, updates);
  };
  TARN_ASSIGN(const auto outcome, table->CommitPlanned(maker, guard_));
  return LoadedOf(*outcome.snapshot);
}

Result<std::optional<table::PlannedCommit>> OwnTables::PlanCommit(const std::string& location,
                                                                  const table::SnapshotPtr& base,
                                                                  const codec::OrderedJson& requirements,
                                                                  const codec::OrderedJson& updates) {
  const IcebergState& state = table::iceberg::StateOf(*base);
  TARN_TRY(table::iceberg::CheckRequirements(requirements, state.metadata.get()));
  table::iceberg::MetadataBuilder builder(*state.metadata, state.metadata_uri, clock_.Now());
  TARN_TRY(table::iceberg::ApplyUpdates(updates, builder));
  TARN_ASSIGN(auto metadata, std::move(builder).Finish());
  TARN_TRY(CheckOwnTable(*state.metadata, metadata));
  TARN_ASSIGN(auto planned,
              table::iceberg::PlanMetadataCommit(tables_.Get(location)->store(), location, base, std::move(metadata)));
  const auto& obstacle = table::iceberg::StateOf(*planned.made).write_obstacle;
  if (obstacle && !state.write_obstacle) {
    return Fail(ErrorCode::kFailedPrecondition, "a table of the lake's own does not allow this: " + *obstacle);
  }
  return std::optional(std::move(planned));
}

}  // namespace tarn::catalog
