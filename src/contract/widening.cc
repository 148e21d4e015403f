// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "contract/row_decoder.h"
#include "table/type_shape.h"

namespace tarn::contract {
namespace {

using table::DataType;
using table::TypeKind;

constexpr int kMaxPrecision = 38;
constexpr int kInt64Digits = 19;
constexpr uint8_t kPlainScale = 9;

bool IsInteger(TypeKind kind) { return kind == TypeKind::kInt32 || kind == TypeKind::kInt64; }
bool IsFloating(TypeKind kind) { return kind == TypeKind::kFloat || kind == TypeKind::kDouble; }
bool IsNumber(TypeKind kind) { return IsInteger(kind) || IsFloating(kind) || kind == TypeKind::kDecimal; }
bool IsTime(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampNaive;
}

/// The decimal with room for both; a string when there is none.
DataType DecimalFor(int whole_digits, int scale) {
  if (whole_digits + scale > kMaxPrecision) return table::Scalar(TypeKind::kString);
  return table::Decimal(static_cast<uint8_t>(whole_digits + scale), static_cast<uint8_t>(scale));
}

int WholeDigits(const DataType& type) {
  return type.kind == TypeKind::kDecimal ? type.precision - type.scale : kInt64Digits;
}
int ScaleOf(const DataType& type) { return type.kind == TypeKind::kDecimal ? type.scale : 0; }

DataType WidenedNumber(const DataType& present, const DataType& added) {
  if (IsInteger(present.kind) && IsInteger(added.kind)) return table::Scalar(TypeKind::kInt64);
  const bool decimal = present.kind == TypeKind::kDecimal || added.kind == TypeKind::kDecimal;
  if (!decimal) return table::Scalar(TypeKind::kDouble);
  // Stored doubles may lie outside any decimal; a decimal's new neighbours are rounded to its scale.
  if (IsFloating(present.kind)) return table::Scalar(TypeKind::kString);
  if (IsFloating(added.kind)) {
    return DecimalFor(kMaxPrecision - kPlainScale, kPlainScale) == present
               ? present
               : DecimalFor(WholeDigits(present), std::max<int>(present.scale, kPlainScale));
  }
  return DecimalFor(std::max(WholeDigits(present), WholeDigits(added)), std::max(ScaleOf(present), ScaleOf(added)));
}

/// Whether structs in `to` have all that those in `from` have.
bool HasFieldsOf(const DataType& from, const DataType& to) {
  const auto joined = table::WithNewFields(to, from);
  return joined && table::SameShape(*joined, to);
}

}  // namespace

DataType WidenedType(const DataType& present, const DataType& added) {
  if (present == added) return present;
  if (present.is_nested()) {
    if (auto joined = table::WithNewFields(present, added)) return *std::move(joined);
  }
  const auto is_json = [](const DataType& type) { return type.kind == TypeKind::kJson || type.is_nested(); };
  if (is_json(present) || is_json(added)) return table::Scalar(TypeKind::kJson);
  if (IsNumber(present.kind) && IsNumber(added.kind)) return WidenedNumber(present, added);
  if (IsTime(present.kind) && IsTime(added.kind)) {
    const bool utc = present.kind == TypeKind::kTimestamp || added.kind == TypeKind::kTimestamp;
    return table::Scalar(utc ? TypeKind::kTimestamp : TypeKind::kTimestampNaive);
  }
  return table::Scalar(TypeKind::kString);
}

bool IsWidening(const DataType& from, const DataType& to) {
  if (from == to) return true;
  if (from.is_nested()) return HasFieldsOf(from, to);
  if (to.kind == TypeKind::kString) return from.kind != TypeKind::kBinary;
  if (IsInteger(from.kind)) {
    if (to.kind == TypeKind::kDecimal) return WholeDigits(to) >= kInt64Digits;
    return to.kind == TypeKind::kInt64 || IsFloating(to.kind);
  }
  if (from.kind == TypeKind::kFloat) return to.kind == TypeKind::kDouble;
  if (from.kind == TypeKind::kDecimal) {
    return to.kind == TypeKind::kDecimal && to.scale >= from.scale && WholeDigits(to) >= WholeDigits(from);
  }
  return from.kind == TypeKind::kDate && (to.kind == TypeKind::kTimestamp || to.kind == TypeKind::kTimestampNaive);
}

}  // namespace tarn::contract
