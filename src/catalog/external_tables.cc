// SPDX-License-Identifier: Apache-2.0
#include "catalog/external_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "lake/name.h"
#include "table/iceberg/metadata_loader.h"
#include "table/pinned_table.h"

namespace tarn::catalog {
namespace {

bool IsDomain(const std::string& level) { return lake::IsName(level) && !lake::IsReservedDomain(level); }

/// What SQL calls the table inside its domain.
std::string SqlName(const TableName& name) {
  const Namespace inner(name.levels.begin() + 1, name.levels.end());
  return Lower(inner.empty() ? name.name : ToString(TableName{inner, name.name}));
}

}  // namespace

Result<std::vector<std::string>> ExternalTables::Domains() {
  std::set<std::string> domains;
  TARN_ASSIGN(const auto names, catalog_.ForeignNames());
  for (const TableName& name : names) {
    if (IsDomain(name.levels.front())) domains.insert(name.levels.front());
  }
  return std::vector<std::string>(domains.begin(), domains.end());
}

Result<std::vector<std::string>> ExternalTables::Tables(const std::string& domain) {
  std::set<std::string> tables;
  TARN_ASSIGN(const auto names, catalog_.ForeignNames());
  for (const TableName& name : names) {
    if (name.levels.front() == domain) tables.insert(SqlName(name));
  }
  return std::vector<std::string>(tables.begin(), tables.end());
}

Result<engine::BoundTablePtr> ExternalTables::Resolve(const std::string& domain, const std::string& table,
                                                      const std::optional<engine::TimeTravel>& at) {
  TARN_ASSIGN(const auto names, catalog_.ForeignNames());
  const auto found = std::ranges::find_if(
      names, [&](const TableName& name) { return name.levels.front() == domain && SqlName(name) == table; });
  if (found == names.end()) return Fail(ErrorCode::kNotFound, "no such table: " + domain + ".external." + table);
  if (at) return Fail(ErrorCode::kUnsupported, "time travel in tables that others made");
  TARN_ASSIGN(const LoadedTable loaded, catalog_.LoadTable(*found));
  TARN_ASSIGN(const auto location, catalog_.KeyOfLocation(loaded.metadata->location));
  if (!location) return Fail(ErrorCode::kUnsupported, "tables whose files lie outside the lake: " + ToString(*found));
  TARN_ASSIGN(auto snapshot, SnapshotOf(loaded, *location));
  auto bound = std::make_shared<engine::BoundTable>();
  bound->visible = snapshot->schema;
  auto files = snapshot->files;
  bound->source = table::PinnedTable{*location, std::move(snapshot), std::move(files)};
  return engine::BoundTablePtr(std::move(bound));
}

Result<table::SnapshotPtr> ExternalTables::SnapshotOf(const LoadedTable& loaded, const std::string& location) {
  const std::string& uuid = loaded.metadata->table_uuid;
  Kept before;
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(uuid);
    if (found != kept_.end()) before = found->second;
  }
  if (before.snapshot != nullptr && before.metadata_uri == loaded.metadata_uri) return before.snapshot;
  // Readers that pinned a version are told apart from those of another by its number.
  const int64_t version = before.snapshot == nullptr ? 1 : before.snapshot->version + 1;
  TARN_ASSIGN(auto snapshot,
              table::iceberg::MetadataLoader(store_, location).LoadPlanned(*loaded.metadata, version, before.snapshot));
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostKept) kept_.clear();
  kept_[uuid] = {loaded.metadata_uri, snapshot};
  return snapshot;
}

}  // namespace tarn::catalog
