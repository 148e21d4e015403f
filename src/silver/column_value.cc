// SPDX-License-Identifier: Apache-2.0
#include "silver/column_value.h"

#include "base/assert.h"

namespace tarn::silver {

using table::TypeKind;

table::Value ValueAt(const table::ColumnView& column, size_t row) {
  if (!column.IsValid(row)) return {};
  const auto& type = *column.type;
  switch (type.kind) {
    case TypeKind::kBoolean:
      return column.At<uint8_t>(row) != 0;
    case TypeKind::kInt32:
      return static_cast<int64_t>(column.At<int32_t>(row));
    case TypeKind::kInt64:
      return column.At<int64_t>(row);
    case TypeKind::kFloat:
      return static_cast<double>(column.At<float>(row));
    case TypeKind::kDouble:
      return column.At<double>(row);
    case TypeKind::kDecimal:
      return table::DecimalValue{column.At<table::Int128>(row), type.precision, type.scale};
    case TypeKind::kString:
    case TypeKind::kJson:
      return std::string(column.At<std::string_view>(row));
    case TypeKind::kDate:
      return table::DateValue{column.At<int32_t>(row)};
    case TypeKind::kTimestamp:
      return table::TimestampValue{column.At<int64_t>(row), true};
    case TypeKind::kTimestampNaive:
      return table::TimestampValue{column.At<int64_t>(row), false};
    default:
      return {};
  }
}

void AppendFrom(const table::ColumnView& column, size_t row, table::ColumnBuilder& out) {
  if (!column.IsValid(row)) return out.AppendNull();
  switch (column.type->kind) {
    case TypeKind::kBoolean:
      return out.AppendBool(column.At<uint8_t>(row) != 0);
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return out.AppendInt32(column.At<int32_t>(row));
    case TypeKind::kInt64:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return out.AppendInt64(column.At<int64_t>(row));
    case TypeKind::kFloat:
      return out.AppendFloat(column.At<float>(row));
    case TypeKind::kDouble:
      return out.AppendDouble(column.At<double>(row));
    case TypeKind::kDecimal:
      return out.AppendDecimal(column.At<table::Int128>(row));
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return out.AppendString(column.At<std::string_view>(row));
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      break;
  }
  TARN_ASSERT(!column.type->is_nested());
}

}  // namespace tarn::silver
