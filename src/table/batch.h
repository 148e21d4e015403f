// SPDX-License-Identifier: Apache-2.0
#pragma once
// Typed rows in columns: what a RowSource gives the engine and what a query gives back. A BatchView only points at
// memory owned by somebody else (a BatchBuilder, an engine chunk) and is valid until that owner is asked for the next
// batch. The layout is flat, so that the same bytes could cross a process border (docs/adr/0007).
//
// Physical layout of `values`, one element a row: kBoolean uint8_t, kInt32/kDate int32_t,
// kInt64/kTimestamp/kTimestampNaive int64_t, kFloat float, kDouble double, kDecimal Int128 (any precision; precision 39
// and scale 0 mark a HUGEINT result), kString/kJson/kBinary std::string_view, kList/kMap ListEntry into children (list:
// 1 child; map: children key and value), kStruct no values, children of the same row count. Elements of NULL rows are
// undefined but readable.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "table/types.h"
#include "table/value.h"

namespace tarn::table {

struct ListEntry {
  uint64_t offset = 0;
  uint64_t length = 0;
};

struct ColumnView {
  const DataType* type = nullptr;
  const uint64_t* validity = nullptr;  ///< bit i (word i / 64) set = row i is not NULL; nullptr = no NULLs
  const void* values = nullptr;
  std::vector<ColumnView> children;

  bool IsValid(size_t row) const { return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1U) != 0; }
  template <class T>
  const T& At(size_t row) const {
    return static_cast<const T*>(values)[row];
  }
};

struct BatchView {
  size_t rows = 0;
  std::vector<ColumnView> columns;
};

/// Collects one column. Strings are copied into an arena of the builder; nested types own builders of their children.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(DataType type);
  ColumnBuilder(ColumnBuilder&&) noexcept = default;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept = default;

  void AppendNull();
  void AppendBool(bool value);
  void AppendInt32(int32_t value);  ///< kInt32, kDate
  void AppendInt64(int64_t value);  ///< kInt64, kTimestamp, kTimestampNaive
  void AppendFloat(float value);
  void AppendDouble(double value);
  void AppendDecimal(Int128 value);
  void AppendString(std::string_view value);
  /// Takes a value of the (scalar) column's type or NULL.
  void AppendValue(const Value& value);

  /// A present struct; the caller appends one element to every child as well. (A NULL struct fills its children
  /// itself.)
  void AppendStruct();
  /// A list or map of the elements that were appended to the children since the last entry.
  void AppendEntry();
  ColumnBuilder& child(size_t i) { return children_[i]; }

  size_t size() const { return size_; }
  const DataType& type() const { return type_; }
  ColumnView View() const;
  void Clear();  ///< keeps capacity

 private:
  void PushValidity(bool valid);
  template <class T>
  void PushRaw(const T& value);
  char* NextValue();
  std::string_view Keep(std::string_view value);

  DataType type_;
  size_t width_;
  size_t size_ = 0;
  bool has_nulls_ = false;
  std::vector<uint64_t> validity_;
  std::vector<char> values_;        ///< room for more than size_ values
  std::vector<std::string> arena_;  ///< chunks that never grow past their capacity: views into them stay valid
  size_t arena_used_ = 0;           ///< the chunk being filled
  uint64_t entries_end_ = 0;        ///< kList, kMap: elements of the children that belong to an entry
  std::vector<ColumnBuilder> children_;
};

/// Columns that grow together.
class BatchBuilder {
 public:
  explicit BatchBuilder(const std::vector<DataType>& types);
  ColumnBuilder& column(size_t i) { return columns_[i]; }
  size_t column_count() const { return columns_.size(); }
  /// Rows of the first column; all columns must agree.
  size_t rows() const { return columns_.empty() ? 0 : columns_.front().size(); }
  BatchView View() const;
  void Clear();

 private:
  std::vector<ColumnBuilder> columns_;
};

}  // namespace tarn::table
