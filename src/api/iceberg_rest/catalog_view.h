// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake as an Iceberg catalog: namespaces [domain] and [domain, layer], and the Iceberg tables of silver and gold
// below the latter. Thread-safe as the lake's catalog is.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/catalog.h"
#include "table/iceberg/iceberg_state.h"

namespace tarn::api::iceberg_rest {

/// Names of a namespace's levels, one or two.
using Namespace = std::vector<std::string>;

/// Levels as a path segment or parameter has them, joined by the unit separator 0x1F; nothing for names no namespace of
/// ours can have.
std::optional<Namespace> ParseNamespace(std::string_view text);

/// "sales.silver".
std::string NamespaceName(const Namespace& name);

class CatalogView {
 public:
  explicit CatalogView(lake::Catalog& catalog) : catalog_(catalog) {}

  /// Namespaces right below `parent` (empty: the domains), sorted.
  Result<std::vector<Namespace>> Children(const Namespace& parent);
  Result<bool> Exists(const Namespace& name);

  /// Iceberg tables of the namespace, sorted.
  Result<std::vector<std::string>> Tables(const Namespace& name);

  struct Table {
    table::SnapshotPtr snapshot;
    const table::iceberg::IcebergState* state = nullptr;  ///< the snapshot's
  };
  /// Nothing when there is no Iceberg table of that name.
  Result<std::optional<Table>> Find(const Namespace& name, const std::string& table);

 private:
  lake::Catalog& catalog_;
};

}  // namespace tarn::api::iceberg_rest
