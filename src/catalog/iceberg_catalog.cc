// SPDX-License-Identifier: Apache-2.0
#include "catalog/iceberg_catalog.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "catalog/catalog_errors.h"
#include "catalog/table_folder.h"
#include "lake/keys.h"
#include "table/iceberg/metadata_builder.h"
#include "table/iceberg/table_location.h"

namespace tarn::catalog {
namespace {

using table::iceberg::MetadataBuilder;
using table::iceberg::NewTable;
using table::iceberg::TableLocation;
using table::iceberg::TableMetadata;

bool NamesCreate(const codec::OrderedJson& requirements) {
  return requirements.is_array() && std::ranges::any_of(requirements, [](const auto& one) {
           return one.is_object() && one.value("type", std::string()) == "assert-create";
         });
}

/// Whether one of two folders lies in the other.
bool Overlap(const std::string& one, const std::string& other) {
  return (one + "/").starts_with(other + "/") || (other + "/").starts_with(one + "/");
}

}  // namespace

IcebergCatalog::IcebergCatalog(const Dependencies& dependencies)
    : store_(dependencies.store),
      randomness_(dependencies.randomness),
      clock_(dependencies.clock),
      own_(dependencies.names, dependencies.tables, dependencies.clock, dependencies.guard),
      registry_(dependencies.store, dependencies.clock, dependencies.guard),
      foreign_(dependencies.store, dependencies.clock, dependencies.randomness, dependencies.guard) {}

Result<std::vector<std::string>> IcebergCatalog::Tables(const Namespace& levels) {
  TARN_ASSIGN(const bool exists, NamespaceExists(levels));
  if (!exists) return NoNamespace(levels);
  TARN_ASSIGN(std::vector<std::string> names, own_.Tables(levels));
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  for (const auto& [table, entry] : document->tables) {
    if (table.levels == levels) names.push_back(table.name);
  }
  std::ranges::sort(names);
  return names;
}

Result<TableEntry> IcebergCatalog::EntryOf(const TableName& name) {
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  const auto found = document->tables.find(name);
  if (found == document->tables.end()) return NoTable(name);
  return found->second;
}

Result<LoadedTable> IcebergCatalog::LoadTable(const TableName& name) {
  if (OwnTables::IsReserved(name.levels)) {
    TARN_ASSIGN(auto own, own_.Find(name));
    if (!own) return NoTable(name);
    return *std::move(own);
  }
  TARN_ASSIGN(const TableEntry entry, EntryOf(name));
  return foreign_.Load(entry);
}

Result<std::vector<TableName>> IcebergCatalog::ForeignNames() {
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  std::vector<TableName> names;
  names.reserve(document->tables.size());
  for (const auto& [name, entry] : document->tables) names.push_back(name);
  return names;
}

Result<std::optional<std::string>> IcebergCatalog::KeyOfLocation(const std::string& location) const {
  const auto refuse = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                "tables of others lie outside the lake or in folders that are not its own, not at " + location);
  };
  if ((location + "/").contains("/../")) return refuse();
  if (TableLocation(location).PathOf(foreign_.UriOf("any"))) return refuse();
  auto key = KeyInLake(store_, location);
  if (key && lake::IsOwnFolder(*key)) return refuse();
  return key;
}

Status IcebergCatalog::CheckNewTable(const TableName& name) {
  if (!IsUsableName(name.name)) {
    return Fail(ErrorCode::kInvalidArgument, "a table's name has 1 to 255 bytes without control characters");
  }
  if (OwnTables::IsReserved(name.levels)) {
    return LakesOwn("tables of " + ToString(name.levels) + " are made by endpoints and jobs");
  }
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  if (document->tables.contains(name)) return TableTaken(name);
  if (document->namespaces.contains(name.levels)) return {};
  TARN_ASSIGN(const bool is_own, own_.Exists(name.levels));
  if (is_own) return LakesOwn("make a namespace of your own in " + ToString(name.levels) + " or beside it");
  return NoNamespace(name.levels);
}

Result<TableMetadata> IcebergCatalog::PlanNewTable(NewTable table) {
  table.uuid = NewUuid(randomness_);
  if (table.location.empty()) table.location = foreign_.UriOf(lake::ForeignTableHome(table.uuid));
  TARN_TRY(KeyOfLocation(table.location));
  return table::iceberg::MakeNewMetadata(std::move(table), clock_.Now());
}

Result<TableMetadata> IcebergCatalog::StageTable(const TableName& name, NewTable table) {
  TARN_TRY(CheckNewTable(name));
  return PlanNewTable(std::move(table));
}

Result<LoadedTable> IcebergCatalog::CreateTable(const TableName& name, NewTable table) {
  TARN_TRY(CheckNewTable(name));
  TARN_ASSIGN(TableMetadata metadata, PlanNewTable(std::move(table)));
  return Create(name, std::move(metadata));
}

/// Metadata first, then the name: what is named is there.
Result<LoadedTable> IcebergCatalog::Create(const TableName& name, TableMetadata metadata) {
  TARN_ASSIGN(const auto key, KeyOfLocation(metadata.location));
  const TableEntry entry{key.value_or(lake::ForeignTableHome(NewUuid(randomness_))), ""};
  TARN_ASSIGN(const DocumentPtr before, registry_.Load());
  for (const auto& [other, its] : before->tables) {
    if (Overlap(its.home, entry.home)) {
      return Fail(ErrorCode::kInvalidArgument, "the location overlaps that of another table: " + ToString(other));
    }
  }
  TARN_ASSIGN(LoadedTable made, foreign_.Create(entry.home, std::move(metadata)));
  const auto named = registry_.Update([&](RegistryDocument& document) -> Status {
    if (!document.namespaces.contains(name.levels)) return NoNamespace(name.levels);
    if (!document.tables.emplace(name, entry).second) return TableTaken(name);
    return {};
  });
  if (named) return made;
  // Nobody can have seen the table when its name was refused; after a lost answer somebody may.
  if (named.error().code == ErrorCode::kAlreadyExists || named.error().code == ErrorCode::kNotFound) {
    if (const auto gone = foreign_.Purge(entry.home + "/metadata"); !gone) {
      LogWarning("metadata of a table that was not made stays", {{"error", gone.error().ToString()}});
    }
  }
  return Fail(named.error());
}

Result<LoadedTable> IcebergCatalog::RegisterTable(const TableName& name, const std::string& metadata_uri,
                                                  bool overwrites) {
  const auto fresh = CheckNewTable(name);
  const bool replaces = overwrites && !fresh && fresh.error().code == ErrorCode::kAlreadyExists;
  if (!fresh && !replaces) return Fail(fresh.error());
  const auto key = TableLocation(foreign_.root_uri()).PathOf(metadata_uri);
  if (!key) return Fail(ErrorCode::kInvalidArgument, "the metadata do not lie in the lake");
  if (lake::IsOwnFolder(*key)) return LakesOwn("metadata in a folder of the lake's own");
  auto read = foreign_.Read(*key);
  if (!read && read.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kInvalidArgument, "there are no table metadata at this location");
  }
  if (!read) return Fail(std::move(read).error());
  TARN_TRY(KeyOfLocation((*read).metadata->location));
  const TableEntry entry{lake::ForeignTableHome(NewUuid(randomness_)), *key};
  TARN_TRY(registry_.Update([&](RegistryDocument& document) -> Status {
    if (!document.namespaces.contains(name.levels)) return NoNamespace(name.levels);
    if (!overwrites && document.tables.contains(name)) return TableTaken(name);
    document.tables[name] = entry;
    return {};
  }));
  return std::move(*read);
}

Result<LoadedTable> IcebergCatalog::CommitTable(const TableName& name, const codec::OrderedJson& requirements,
                                                const codec::OrderedJson& updates) {
  if (updates.is_array() && updates.empty() && !NamesCreate(requirements)) {
    TARN_ASSIGN(LoadedTable loaded, LoadTable(name));
    TARN_TRY(table::iceberg::CheckRequirements(requirements, loaded.metadata.get()));
    return loaded;
  }
  if (OwnTables::IsReserved(name.levels)) {
    // Creates are no commits to what is there.
    if (NamesCreate(requirements)) TARN_TRY(CheckNewTable(name));
    return own_.Commit(name, requirements, updates);
  }
  const auto entry = EntryOf(name);
  if (!entry && entry.error().code == ErrorCode::kNotFound && NamesCreate(requirements)) {
    TARN_TRY(CheckNewTable(name));
    TARN_TRY(table::iceberg::CheckRequirements(requirements, nullptr));
    MetadataBuilder builder(clock_.Now());
    TARN_TRY(table::iceberg::ApplyUpdates(updates, builder));
    TARN_ASSIGN(TableMetadata metadata, std::move(builder).Finish());
    auto made = Create(name, std::move(metadata));
    if (!made && made.error().code == ErrorCode::kAlreadyExists) {
      return Fail(ErrorCode::kConflict, "Requirement failed: table already exists");
    }
    return made;
  }
  if (!entry) return Fail(entry.error());
  return foreign_.Commit(*entry, ChangeOf(requirements, updates));
}

ForeignTables::Change IcebergCatalog::ChangeOf(const codec::OrderedJson& requirements,
                                               const codec::OrderedJson& updates) {
  return [this, &requirements, &updates](const LoadedTable& base) -> Result<TableMetadata> {
    TARN_TRY(table::iceberg::CheckRequirements(requirements, base.metadata.get()));
    MetadataBuilder builder(*base.metadata, base.metadata_uri, clock_.Now());
    TARN_TRY(table::iceberg::ApplyUpdates(updates, builder));
    TARN_ASSIGN(TableMetadata next, std::move(builder).Finish());
    if (next.location != base.metadata->location) TARN_TRY(KeyOfLocation(next.location));
    return next;
  };
}

Status IcebergCatalog::CommitTables(const std::vector<TableChange>& changes) {
  if (changes.empty() || changes.size() > kMostTogether) {
    return Fail(ErrorCode::kInvalidArgument, "a commit to several tables names 1 to 100 of them");
  }
  if (changes.size() == 1) {
    TARN_TRY(CommitTable(changes[0].name, changes[0].requirements, changes[0].updates));
    return {};
  }
  std::vector<ForeignTables::Part> parts;
  std::set<std::string> homes;
  for (const TableChange& change : changes) {
    if (OwnTables::IsReserved(change.name.levels)) {
      return Fail(ErrorCode::kUnsupported,
                  "committing to several tables at once, one of them of the lake's own: " + ToString(change.name));
    }
    if (NamesCreate(change.requirements)) {
      return Fail(ErrorCode::kUnsupported, "making a table in a commit to several: " + ToString(change.name));
    }
    TARN_ASSIGN(TableEntry entry, EntryOf(change.name));
    if (!homes.insert(entry.home).second) {
      return Fail(ErrorCode::kInvalidArgument, "a commit to several tables names one twice: " + ToString(change.name));
    }
    parts.push_back({std::move(entry), ChangeOf(change.requirements, change.updates)});
  }
  return foreign_.CommitTogether(parts);
}

Status IcebergCatalog::DropTable(const TableName& name, bool purges) {
  if (OwnTables::IsReserved(name.levels)) {
    TARN_ASSIGN(const auto own, own_.Find(name));
    if (!own) return NoTable(name);
    return LakesOwn("the table " + ToString(name) + " goes with its endpoint or job");
  }
  TARN_ASSIGN(const TableEntry entry, EntryOf(name));
  std::optional<std::string> location;
  if (purges) {
    // A table whose metadata are broken can be dropped all the same.
    if (const auto loaded = foreign_.Load(entry)) {
      TARN_ASSIGN(location, KeyOfLocation(loaded->metadata->location));
    }
  }
  bool location_is_shared = false;
  TARN_TRY(registry_.Update([&](RegistryDocument& document) -> Status {
    const auto found = document.tables.find(name);
    if (found == document.tables.end() || found->second != entry) return NoTable(name);
    document.tables.erase(found);
    location_is_shared = location && std::ranges::any_of(document.tables, [&](const auto& other) {
                           return Overlap(other.second.home, *location) ||
                                  (!other.second.registered.empty() && Overlap(other.second.registered, *location));
                         });
    return {};
  }));
  if (!purges) return {};
  TARN_TRY(foreign_.Purge(entry.home));
  if (!location || *location == entry.home || location_is_shared) return {};
  return foreign_.Purge(*location);
}

Status IcebergCatalog::RenameTable(const TableName& from, const TableName& to) {
  if (OwnTables::IsReserved(from.levels)) {
    TARN_ASSIGN(const auto own, own_.Find(from));
    if (!own) return NoTable(from);
    return LakesOwn("the table " + ToString(from) + " keeps the name of its endpoint or job");
  }
  TARN_TRY(EntryOf(from));
  TARN_TRY(CheckNewTable(to));
  return registry_.Update([&](RegistryDocument& document) -> Status {
    const auto found = document.tables.find(from);
    if (found == document.tables.end()) return NoTable(from);
    if (!document.namespaces.contains(to.levels)) return NoNamespace(to.levels);
    const TableEntry entry = found->second;
    if (!document.tables.emplace(to, entry).second) return TableTaken(to);
    document.tables.erase(from);
    return {};
  });
}

}  // namespace tarn::catalog
