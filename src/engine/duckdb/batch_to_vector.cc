// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/batch_to_vector.h"

#include <algorithm>

#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::FlatVector;
using duckdb::Vector;
using table::ColumnView;
using table::TypeKind;

constexpr size_t kRowsPerWord = 64;

void FillValidity(const ColumnView& column, size_t rows, Vector& target) {
  auto& mask = FlatVector::Validity(target);
  mask.Reset();
  if (column.validity == nullptr) return;
  mask.Initialize(std::max<size_t>(rows, STANDARD_VECTOR_SIZE));
  const size_t words = (rows + kRowsPerWord - 1) / kRowsPerWord;
  std::copy_n(column.validity, words, mask.GetData());
}

/// Same bytes on both sides: the vector only points at them.
void PointAt(const ColumnView& column, Vector& target) {
  FlatVector::SetData(target, static_cast<duckdb::data_ptr_t>(const_cast<void*>(column.values)));
}

template <class Narrow>
void FillDecimals(const ColumnView& column, size_t rows, Vector& target) {
  auto* out = FlatVector::GetData<Narrow>(target);
  for (size_t row = 0; row < rows; ++row) {
    if (column.IsValid(row)) out[row] = static_cast<Narrow>(column.At<table::Int128>(row));
  }
}

void FillDecimal(const ColumnView& column, size_t rows, Vector& target) {
  switch (target.GetType().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return FillDecimals<int16_t>(column, rows, target);
    case duckdb::PhysicalType::INT32:
      return FillDecimals<int32_t>(column, rows, target);
    case duckdb::PhysicalType::INT64:
      return FillDecimals<int64_t>(column, rows, target);
    default:
      return PointAt(column, target);
  }
}

void FillStrings(const ColumnView& column, size_t rows, Vector& target) {
  auto* out = FlatVector::GetData<duckdb::string_t>(target);
  for (size_t row = 0; row < rows; ++row) {
    if (!column.IsValid(row)) {
      out[row] = duckdb::string_t(static_cast<uint32_t>(0));
      continue;
    }
    const auto& text = column.At<std::string_view>(row);
    out[row] = duckdb::string_t(text.data(), static_cast<uint32_t>(text.size()));
  }
}

size_t ChildRows(const ColumnView& column, size_t rows) {
  size_t end = 0;
  for (size_t row = 0; row < rows; ++row) {
    if (!column.IsValid(row)) continue;
    const auto& entry = column.At<table::ListEntry>(row);
    end = std::max(end, static_cast<size_t>(entry.offset + entry.length));
  }
  return end;
}

void FillEntries(const ColumnView& column, size_t rows, Vector& target, size_t child_rows) {
  duckdb::ListVector::Reserve(target, child_rows);
  duckdb::ListVector::SetListSize(target, child_rows);
  auto* out = FlatVector::GetData<duckdb::list_entry_t>(target);
  for (size_t row = 0; row < rows; ++row) {
    const auto entry = column.IsValid(row) ? column.At<table::ListEntry>(row) : table::ListEntry{};
    out[row] = duckdb::list_entry_t(entry.offset, entry.length);
  }
}

void FillNested(const ColumnView& column, size_t rows, Vector& target) {
  if (column.type->kind == TypeKind::kStruct) {
    auto& children = duckdb::StructVector::GetEntries(target);
    for (size_t i = 0; i < children.size(); ++i) FillVector(column.children[i], rows, *children[i]);
    return;
  }
  const size_t child_rows = ChildRows(column, rows);
  FillEntries(column, rows, target, child_rows);
  if (column.type->kind == TypeKind::kMap) {
    FillVector(column.children[0], child_rows, duckdb::MapVector::GetKeys(target));
    FillVector(column.children[1], child_rows, duckdb::MapVector::GetValues(target));
    return;
  }
  FillVector(column.children[0], child_rows, duckdb::ListVector::GetEntry(target));
}

}  // namespace

void FillVector(const ColumnView& column, size_t rows, Vector& target) {
  FillValidity(column, rows, target);
  switch (column.type->kind) {
    case TypeKind::kDecimal:
      return FillDecimal(column, rows, target);
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return FillStrings(column, rows, target);
    case TypeKind::kList:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return FillNested(column, rows, target);
    default:
      return PointAt(column, target);
  }
}

}  // namespace tarn::engine
