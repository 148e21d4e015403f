// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake's own Iceberg tables as a catalog shows them: namespaces [domain] and [domain, layer], and below the latter
// the tables of silver and gold. Others may commit to them within the rules of own_table_rules.h, by the same
// put-if-absent as the lake itself. Thread-safe as its parts are.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "catalog/foreign_tables.h"
#include "catalog/namespace_name.h"
#include "codec/json.h"
#include "lake/catalog.h"
#include "lake/open_tables.h"

namespace tarn::catalog {

class OwnTables {
 public:
  using Guard = std::function<Status()>;

  OwnTables(lake::Catalog& names, lake::OpenTables& tables, Clock& clock, Guard guard)
      : names_(names), tables_(tables), clock_(clock), guard_(std::move(guard)) {}

  /// Whether a namespace of that name is the lake's, present or not: others cannot make it.
  static bool IsReserved(const Namespace& levels);

  /// Namespaces right below `parent` (empty: the domains), sorted.
  Result<std::vector<Namespace>> Children(const Namespace& parent);
  Result<bool> Exists(const Namespace& levels);

  /// Iceberg tables of the namespace, and Iceberg mirrors of others, sorted.
  Result<std::vector<std::string>> Tables(const Namespace& levels);

  /// Nothing when there is no Iceberg table, or mirror, of that name.
  Result<std::optional<LoadedTable>> Find(const TableName& name);

  /// kNotFound; kConflict for a requirement that does not hold; kFailedPrecondition for what the rules refuse;
  /// kInvalidArgument and kUnsupported for metadata that Tarn could not read afterwards.
  Result<LoadedTable> Commit(const TableName& name, const codec::OrderedJson& requirements,
                             const codec::OrderedJson& updates);

 private:
  struct Pinned {
    std::string location;
    table::SnapshotPtr snapshot;
    bool is_mirror = false;  ///< of a table in another format: nobody's to change
  };
  Result<std::optional<Pinned>> Pin(const TableName& name);
  Result<std::optional<table::PlannedCommit>> PlanCommit(const std::string& location, const table::SnapshotPtr& base,
                                                         const codec::OrderedJson& requirements,
                                                         const codec::OrderedJson& updates);

  lake::Catalog& names_;
  lake::OpenTables& tables_;
  Clock& clock_;
  const Guard guard_;
};

}  // namespace tarn::catalog
