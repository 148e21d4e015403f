// SPDX-License-Identifier: Apache-2.0
#pragma once
// The type vocabulary of open tables, common to Delta and Iceberg: fields with ids, nested types, schemas. Plain
// values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::table {

enum class TypeKind : uint8_t {
  kBoolean,
  kInt32,
  kInt64,
  kFloat,
  kDouble,
  kDecimal,  ///< precision and scale; up to 38 digits
  kString,
  kJson,  ///< JSON text; a string in the formats, marked by field metadata
  kBinary,
  kDate,            ///< days since 1970-01-01
  kTimestamp,       ///< UTC instant, microseconds
  kTimestampNaive,  ///< microseconds without a zone
  kList,            ///< one child, "element"
  kStruct,          ///< children
  kMap,             ///< two children, "key" and "value"
};

struct Field;

struct DataType {
  TypeKind kind = TypeKind::kString;
  uint8_t precision = 0;  ///< kDecimal only
  uint8_t scale = 0;      ///< kDecimal only
  std::vector<Field> children;

  bool operator==(const DataType&) const;
  bool is_nested() const { return kind == TypeKind::kList || kind == TypeKind::kStruct || kind == TypeKind::kMap; }
};

struct Field {
  int32_t id = 0;  ///< unique in the table, never reused; Parquet field id
  std::string name;
  DataType type;
  bool nullable = true;
  /// Names of the column in files where they are not its own: Delta's physical name, Iceberg's name mapping. No part of
  /// what the field is: equality passes over them.
  std::vector<std::string> stored_names = {};

  bool operator==(const Field& other) const {
    return id == other.id && name == other.name && type == other.type && nullable == other.nullable;
  }
};

inline bool DataType::operator==(const DataType& other) const {
  return kind == other.kind && precision == other.precision && scale == other.scale && children == other.children;
}

struct Schema {
  std::vector<Field> fields;

  bool operator==(const Schema&) const = default;
  /// Index of the field of that exact name.
  std::optional<size_t> IndexOf(std::string_view name) const;
  /// Greatest field id in the schema, nested ones included; 0 when empty.
  int32_t MaxFieldId() const;
};

/// Gives every field whose id is 0 (nested ones included) the next free id, starting behind `last_id` and behind every
/// id in the schema. Returns the last id given out.
int32_t AssignFieldIds(Schema& schema, int32_t last_id);

/// SQL name as DuckDB prints it: BIGINT, DOUBLE, DECIMAL(38,9), VARCHAR, JSON, TIMESTAMP WITH TIME ZONE, STRUCT(a
/// BIGINT)…
std::string SqlTypeName(const DataType& type);

DataType Scalar(TypeKind kind);
DataType Decimal(uint8_t precision, uint8_t scale);

}  // namespace tarn::table
