// SPDX-License-Identifier: Apache-2.0
#pragma once
// The layer `external`: tables that others made, for SQL. `domain.external.table` is the table of namespace [domain];
// of deeper namespaces the further levels stand before its name, joined by dots: domain.external."level.table". Owned
// by app; thread-safe.

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/iceberg_catalog.h"
#include "lake/catalog.h"

namespace tarn::catalog {

class ExternalTables final : public lake::LayerTables {
 public:
  /// Both outlive this object.
  ExternalTables(IcebergCatalog& catalog, store::ObjectStore& store) : catalog_(catalog), store_(store) {}

  /// kUnsupported for time travel, for tables whose files lie outside the lake and for what Tarn cannot read.
  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

  static constexpr size_t kMostKept = 256;  ///< tables whose snapshot stays in memory

 private:
  struct Kept {
    std::string metadata_uri;
    table::SnapshotPtr snapshot;
  };
  Result<table::SnapshotPtr> SnapshotOf(const LoadedTable& loaded, const std::string& location);

  IcebergCatalog& catalog_;
  store::ObjectStore& store_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  ///< by table uuid
};

}  // namespace tarn::catalog
