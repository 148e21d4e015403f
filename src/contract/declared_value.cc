// SPDX-License-Identifier: Apache-2.0
#include "contract/declared_value.h"

#include "contract/value_cast.h"

namespace tarn::contract {

using table::ColumnBuilder;

Misfit AppendDeclared(const Column& column, const JsonValue& value, Scratch& scratch, ColumnBuilder& out) {
  const auto append = [](Misfit misfit, auto&& push) {
    if (misfit == Misfit::kNone) push();
    return misfit;
  };
  switch (column.type) {
    case ColumnType::kString:
    case ColumnType::kVarchar:
      return append(CheckValue(column, value, scratch), [&] { out.AppendString(StringOf(value, scratch)); });
    case ColumnType::kJson:
    case ColumnType::kArray:
      return append(CheckValue(column, value, scratch), [&] { out.AppendString(value.text()); });
    case ColumnType::kInteger:
    case ColumnType::kBigint: {
      int64_t number = 0;
      return append(ToInteger(value, scratch, number), [&] { out.AppendInt64(number); });
    }
    case ColumnType::kFloat:
    case ColumnType::kDouble: {
      double number = 0;
      return append(ToDouble(value, scratch, number), [&] { out.AppendDouble(number); });
    }
    case ColumnType::kDecimal: {
      table::Int128 unscaled = 0;
      return append(ToDecimal(value, scratch, {column.precision, column.scale}, unscaled),
                    [&] { out.AppendDecimal(unscaled); });
    }
    case ColumnType::kBoolean: {
      bool flag = false;
      return append(ToBoolean(value, scratch, flag), [&] { out.AppendBool(flag); });
    }
    case ColumnType::kTimestamp: {
      int64_t micros = 0;
      return append(ToTimestamp(value, scratch, micros), [&] { out.AppendInt64(micros); });
    }
    case ColumnType::kDate: {
      int32_t days = 0;
      return append(ToDate(value, scratch, days), [&] { out.AppendInt32(days); });
    }
    case ColumnType::kList:
    case ColumnType::kStruct:
      break;
  }
  return NullMisfit(column.type);
}

Misfit AppendWidened(const Column& column, const JsonValue& value, Scratch& scratch, ColumnBuilder& out) {
  const auto storage = StorageType(column);
  ColumnBuilder coerced(storage);
  const auto misfit = AppendDeclared(column, value, scratch, coerced);
  if (misfit != Misfit::kNone) return misfit;
  const auto cast = CastValue(ValueAt(coerced), storage, out.type());
  if (!cast) return NullMisfit(column.type);
  out.AppendValue(*cast);
  return Misfit::kNone;
}

}  // namespace tarn::contract
