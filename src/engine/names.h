// SPDX-License-Identifier: Apache-2.0
#pragma once
// The engine's first port to the lake: names. The binder asks what `domain.layer.table` means; the answer is pinned and
// immutable (lake.md §5.5, §8). Implemented by lake::Catalog; called from any engine thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/row_source.h"
#include "table/pinned_table.h"
#include "table/types.h"

namespace tarn::engine {

/// Lower-case parts of a reference.
struct TableName {
  std::string domain;
  std::string layer;  ///< "bronze", "silver", "gold", "quarantine", "external"; "system" only in domain "tarn"
  std::string table;

  auto operator<=>(const TableName&) const = default;
  std::string ToString() const { return domain + "." + layer + "." + table; }
};

/// AT (VERSION => n) or AT (TIMESTAMP => t).
using TimeTravel = std::variant<int64_t, Timestamp>;

/// One SELECT, bound where the view is used.
struct View {
  std::string sql;
};

/// What a name means at one moment.
struct BoundTable {
  table::Schema visible;
  table::Schema hidden;  ///< selectable by name, absent from * (http-api.md §4.4); empty for most tables
  std::variant<table::PinnedTable, std::shared_ptr<RowSource>, View> source;
};

using BoundTablePtr = std::shared_ptr<const BoundTable>;

/// A table without hidden columns.
inline BoundTablePtr Bind(table::Schema visible, decltype(BoundTable::source) source) {
  auto bound = std::make_shared<BoundTable>();
  bound->visible = std::move(visible);
  bound->source = std::move(source);
  return bound;
}

/// All rows of a snapshot of the table at `location`.
inline BoundTablePtr BindSnapshot(const std::string& location, const table::SnapshotPtr& snapshot) {
  return Bind(snapshot->schema, table::PinnedTable{location, snapshot, snapshot->files});
}

class NameResolver {
 public:
  virtual ~NameResolver() = default;

  /// kNotFound when there is no such table; kUnsupported for time travel a layer cannot do.
  virtual Result<BoundTablePtr> Resolve(const TableName& name, const std::optional<TimeTravel>& at) = 0;

  virtual Result<std::vector<std::string>> Domains() = 0;
  virtual Result<std::vector<std::string>> Tables(const std::string& domain, const std::string& layer) = 0;
};

}  // namespace tarn::engine
