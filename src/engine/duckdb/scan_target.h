// SPDX-License-Identifier: Apache-2.0
#pragma once
// One resolved table as both scan functions see it: its columns, which of them are hidden, and how DuckDB numbers them.
// Immutable after construction; shared by the threads of a query.

#include <optional>
#include <string>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/file_index.h"
#include "engine/names.h"

namespace tarn::engine {

/// Whether hidden columns stay hidden (users) or are ordinary and rows tell file and position (workspaces).
enum class Exposure { kUser, kWorkspace };

class ScanTarget {
 public:
  /// `index`: of the pinned table's files; null for rows.
  ScanTarget(BoundTablePtr table, Exposure exposure, std::string grant, FileIndexPtr index);

  const BoundTable& table() const { return *table_; }
  const table::PinnedTable& pinned() const { return std::get<table::PinnedTable>(table_->source); }
  const std::shared_ptr<RowSource>& rows() const { return std::get<std::shared_ptr<RowSource>>(table_->source); }
  const std::string& grant() const { return grant_; }
  FileIndex& index() const { return *index_; }

  /// Visible fields first, then hidden ones.
  const std::vector<table::Field>& fields() const { return fields_; }
  const duckdb::LogicalType& type(size_t slot) const { return types_[slot]; }
  size_t visible_count() const { return visible_count_; }

  /// Index into fields() of DuckDB's column id; nullopt for columns that are not data.
  std::optional<size_t> Slot(duckdb::column_t id) const;

  /// Columns that a query may name though `*` does not show them.
  duckdb::virtual_column_map_t VirtualColumns() const;

 private:
  BoundTablePtr table_;
  std::string grant_;
  FileIndexPtr index_;
  std::vector<table::Field> fields_;
  std::vector<duckdb::LogicalType> types_;
  size_t visible_count_ = 0;
  bool offers_positions_ = false;
};

using ScanTargetPtr = std::shared_ptr<const ScanTarget>;

}  // namespace tarn::engine
