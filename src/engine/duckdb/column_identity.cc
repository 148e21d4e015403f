// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/column_identity.h"

#include <algorithm>

#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::MultiFileColumnDefinition;
using table::Field;
using table::TypeKind;
using Defaults = std::map<int32_t, table::Value>;

duckdb::Value Identifier(size_t place) { return duckdb::Value::INTEGER(static_cast<int32_t>(place)); }

duckdb::Value NobodysIdentifier(size_t place) { return duckdb::Value::INTEGER(-1 - static_cast<int32_t>(place)); }

bool HoldsStruct(const table::DataType& type) {
  return type.kind == TypeKind::kStruct ||
         std::ranges::any_of(type.children, [](const Field& child) { return HoldsStruct(child.type); });
}

duckdb::Value DefaultOf(const Field& field, const duckdb::LogicalType& type, const Defaults& defaults) {
  const auto found = defaults.find(field.id);
  return found == defaults.end() ? duckdb::Value(type) : ToDuckDbValue(found->second, type);
}

MultiFileColumnDefinition Define(const Field& field, size_t place, const Defaults& defaults) {
  const auto type = ToLogicalType(field.type);
  MultiFileColumnDefinition definition(field.name, type);
  definition.identifier = Identifier(place);
  definition.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(DefaultOf(field, type, defaults));
  // Lists and maps of plain values have nothing to map inside.
  if (HoldsStruct(field.type)) definition.children = DefineColumns(field.type.children, defaults);
  return definition;
}

/// Looks table columns up among the siblings of one level of a file.
class Siblings {
 public:
  Siblings(const ColumnDefinitions& columns, bool by_id) : columns_(columns), by_id_(by_id) {}

  /// `likely`: where a file written with the same columns has it.
  std::optional<size_t> Find(const Field& field, size_t likely) const {
    if (by_id_) return FindId(field.id, likely);
    for (const auto& name : field.stored_names) {
      if (const auto place = FindName(name, likely)) return place;
    }
    // A column with names of its own in files is not the one that happens to be called like the field.
    if (!field.stored_names.empty()) return std::nullopt;
    return FindName(field.name, likely);
  }

 private:
  std::optional<size_t> FindId(int32_t id, size_t likely) const {
    return FindIf(likely, [&](const auto& column) {
      return !column.identifier.IsNull() && column.identifier.template GetValue<int32_t>() == id;
    });
  }
  std::optional<size_t> FindName(const std::string& name, size_t likely) const {
    if (const auto exact = FindIf(likely, [&](const auto& column) { return column.name == name; })) return exact;
    return FindIf(likely, [&](const auto& column) { return duckdb::StringUtil::CIEquals(column.name, name); });
  }
  template <class Predicate>
  std::optional<size_t> FindIf(size_t likely, const Predicate& predicate) const {
    if (likely < columns_.size() && predicate(columns_[likely])) return likely;
    const auto found = std::ranges::find_if(columns_, predicate);
    if (found == columns_.end()) return std::nullopt;
    return static_cast<size_t>(found - columns_.begin());
  }

  const ColumnDefinitions& columns_;
  bool by_id_;
};

/// Identifies the columns of one level, then what is inside them.
class Identification {
 public:
  explicit Identification(bool by_id) : by_id_(by_id) {}

  void Level(ColumnDefinitions& columns, const std::vector<Field>& fields) const {
    const Siblings siblings(columns, by_id_);
    std::vector<std::optional<size_t>> places;
    for (size_t i = 0; i < fields.size(); ++i) places.push_back(siblings.Find(fields[i], i));
    for (size_t i = 0; i < columns.size(); ++i) columns[i].identifier = NobodysIdentifier(i);
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!places[i]) continue;
      auto& column = columns[*places[i]];
      column.identifier = Identifier(i);
      Inside(column, fields[i].type);
    }
  }

 private:
  void Inside(MultiFileColumnDefinition& column, const table::DataType& type) const {
    if (type.kind == TypeKind::kStruct) return Level(column.children, type.children);
    if (type.kind == TypeKind::kList && column.children.size() == 1) return Only(column.children[0], type.children[0]);
    if (type.kind == TypeKind::kMap && column.children.size() == 1 && column.children[0].children.size() == 2) {
      auto& entry = column.children[0];
      entry.identifier = Identifier(0);
      for (size_t i = 0; i < 2; ++i) {
        entry.children[i].identifier = Identifier(i);
        Inside(entry.children[i], type.children[i].type);
      }
    }
  }
  void Only(MultiFileColumnDefinition& element, const Field& field) const {
    element.identifier = Identifier(0);
    Inside(element, field.type);
  }

  bool by_id_;
};

bool HasIds(const ColumnDefinitions& columns) {
  return std::ranges::any_of(columns, [](const auto& column) { return !column.identifier.IsNull(); });
}

}  // namespace

ColumnDefinitions DefineColumns(const std::vector<Field>& fields, const Defaults& defaults) {
  ColumnDefinitions definitions;
  for (size_t i = 0; i < fields.size(); ++i) definitions.push_back(Define(fields[i], i, defaults));
  return definitions;
}

void IdentifyColumns(ColumnDefinitions& file_columns, const std::vector<Field>& fields, table::ColumnMatch match) {
  const bool by_id = match == table::ColumnMatch::kFieldId && HasIds(file_columns);
  Identification(by_id).Level(file_columns, fields);
  // JSON is text in the file. Saying so before the columns are matched saves a cast, which would parse every value.
  for (auto& column : file_columns) {
    const int32_t place = column.identifier.GetValue<int32_t>();
    if (place < 0 || column.type != duckdb::LogicalType::VARCHAR) continue;
    const auto type = ToLogicalType(fields[static_cast<size_t>(place)].type);
    if (type.IsJSONType()) column.type = type;
  }
}

}  // namespace tarn::engine
