// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/scan_target.h"

#include <algorithm>

#include "engine/duckdb/type_mapping.h"
#include "engine/query_engine.h"

namespace tarn::engine {

namespace {

void TakeStoredNames(table::DataType& type, const table::DataType& stored);

/// Gives the fields the names that the snapshot says they have in files. What a table shows may come from elsewhere
/// (a contract), but a field's id tells which column it is.
void TakeStoredNames(std::vector<table::Field>& fields, const std::vector<table::Field>& stored) {
  for (auto& field : fields) {
    const auto found = std::ranges::find(stored, field.id, &table::Field::id);
    if (field.id == 0 || found == stored.end()) continue;
    field.stored_names = found->stored_names;
    TakeStoredNames(field.type, found->type);
  }
}

void TakeStoredNames(table::DataType& type, const table::DataType& stored) {
  if (type.kind == table::TypeKind::kStruct) return TakeStoredNames(type.children, stored.children);
  // The elements of lists and maps are what they are by their place, whether they have ids or not.
  if (type.kind != stored.kind) return;
  for (size_t i = 0; i < type.children.size(); ++i) TakeStoredNames(type.children[i].type, stored.children[i].type);
}

// Behind the ids DuckDB uses itself (file name, row number …).
constexpr duckdb::column_t kFirstHidden = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME + 1000;

}  // namespace

ScanTarget::ScanTarget(BoundTablePtr table, Exposure exposure, std::string grant, FileIndexPtr index)
    : table_(std::move(table)), grant_(std::move(grant)), index_(std::move(index)) {
  fields_ = table_->visible.fields;
  fields_.insert(fields_.end(), table_->hidden.fields.begin(), table_->hidden.fields.end());
  if (const auto* files = std::get_if<table::PinnedTable>(&table_->source); files != nullptr && files->snapshot) {
    TakeStoredNames(fields_, files->snapshot->schema.fields);
  }
  const bool all_visible = exposure == Exposure::kWorkspace;
  visible_count_ = all_visible ? fields_.size() : table_->visible.fields.size();
  offers_positions_ = all_visible && std::holds_alternative<table::PinnedTable>(table_->source);
  for (const auto& field : fields_) types_.push_back(ToLogicalType(field.type));
}

std::optional<size_t> ScanTarget::Slot(duckdb::column_t id) const {
  if (id < visible_count_) return static_cast<size_t>(id);
  if (id >= kFirstHidden + visible_count_ && id < kFirstHidden + fields_.size()) {
    return static_cast<size_t>(id - kFirstHidden);
  }
  return std::nullopt;
}

duckdb::virtual_column_map_t ScanTarget::VirtualColumns() const {
  duckdb::virtual_column_map_t columns;
  for (size_t slot = visible_count_; slot < fields_.size(); ++slot) {
    columns.insert({kFirstHidden + slot, duckdb::TableColumn(fields_[slot].name, types_[slot])});
  }
  columns.insert({duckdb::COLUMN_IDENTIFIER_EMPTY, duckdb::TableColumn("", duckdb::LogicalType::BOOLEAN)});
  if (offers_positions_) {
    columns.insert({duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME,
                    duckdb::TableColumn(std::string(kFileColumn), duckdb::LogicalType::VARCHAR)});
    columns.insert({duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER,
                    duckdb::TableColumn(std::string(kFileRowColumn), duckdb::LogicalType::BIGINT)});
  }
  return columns;
}

}  // namespace tarn::engine
