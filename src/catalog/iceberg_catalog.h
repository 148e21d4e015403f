// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake as an Iceberg catalog: its own tables, guarded, beside namespaces and tables that belong to whoever made
// them. What the REST protocol asks for, without HTTP. Owned by app; thread-safe.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "catalog/foreign_tables.h"
#include "catalog/namespace_name.h"
#include "catalog/own_tables.h"
#include "catalog/registry.h"
#include "table/iceberg/table_updates.h"

namespace tarn::catalog {

/// Errors: kNotFound for the namespace or table that is named; kAlreadyExists; kFailedPrecondition for what is not
/// allowed with a namespace or table of the lake's own, or with a namespace that is not empty; kConflict for a
/// commit to be tried again on the newest metadata; kInvalidArgument; kUnsupported; those of the store as they are.
class IcebergCatalog {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    lake::Catalog& names;
    lake::OpenTables& tables;
    Clock& clock;
    Randomness& randomness;
    Registry::Guard guard;
  };

  explicit IcebergCatalog(const Dependencies& dependencies);

  /// Namespaces right below `parent` (empty: the outermost), sorted.
  Result<std::vector<Namespace>> Children(const Namespace& parent);
  Result<bool> NamespaceExists(const Namespace& levels);
  Result<Properties> LoadNamespace(const Namespace& levels);
  Status CreateNamespace(const Namespace& levels, const Properties& properties);
  Status DropNamespace(const Namespace& levels);
  struct PropertiesChange {
    std::vector<std::string> updated;
    std::vector<std::string> removed;
    std::vector<std::string> missing;  ///< were to be removed and not there
  };
  Result<PropertiesChange> UpdateNamespace(const Namespace& levels, const Properties& updates,
                                           const std::set<std::string>& removals);

  /// Names of the namespace's tables, sorted.
  Result<std::vector<std::string>> Tables(const Namespace& levels);
  Result<LoadedTable> LoadTable(const TableName& name);
  /// `table.location` may be empty: the catalog finds a place. The uuid is the catalog's to give.
  Result<LoadedTable> CreateTable(const TableName& name, table::iceberg::NewTable table);
  /// What CreateTable would make, for a writer that commits it with its first data. Nothing is stored.
  Result<table::iceberg::TableMetadata> StageTable(const TableName& name, table::iceberg::NewTable table);
  /// A table whose metadata lies in the lake already. `overwrites`: under a name that may be taken.
  Result<LoadedTable> RegisterTable(const TableName& name, const std::string& metadata_uri, bool overwrites);
  Result<LoadedTable> CommitTable(const TableName& name, const codec::OrderedJson& requirements,
                                  const codec::OrderedJson& updates);
  struct TableChange {
    TableName name;
    codec::OrderedJson requirements;
    codec::OrderedJson updates;
  };
  /// All of them or none. kUnsupported when one of several makes a table or is of the lake's own.
  Status CommitTables(const std::vector<TableChange>& changes);
  static constexpr size_t kMostTogether = 100;  ///< tables of one commit
  /// `purges`: with everything that lies in the table's home, and at its location when that is in the lake.
  Status DropTable(const TableName& name, bool purges);
  Status RenameTable(const TableName& from, const TableName& to);

  /// Tables of all namespaces of others, sorted.
  Result<std::vector<TableName>> ForeignNames();
  /// Key of a location in the lake, nothing for one outside it; kInvalidArgument for one among the lake's own things.
  Result<std::optional<std::string>> KeyOfLocation(const std::string& location) const;

 private:
  Status CheckNewTable(const TableName& name);
  Result<table::iceberg::TableMetadata> PlanNewTable(table::iceberg::NewTable table);
  Result<LoadedTable> Create(const TableName& name, table::iceberg::TableMetadata metadata);
  /// References stay the caller's.
  ForeignTables::Change ChangeOf(const codec::OrderedJson& requirements, const codec::OrderedJson& updates);
  Result<TableEntry> EntryOf(const TableName& name);

  store::ObjectStore& store_;
  Randomness& randomness_;
  Clock& clock_;
  OwnTables own_;
  Registry registry_;
  ForeignTables foreign_;
};

}  // namespace tarn::catalog
