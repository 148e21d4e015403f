// SPDX-License-Identifier: Apache-2.0
#include "table/batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace tarn::table {
namespace {

// The first chunk of a column is small: wide tables have thousands of them.
constexpr size_t kFirstChunkBytes = 4 << 10;
constexpr size_t kMaxChunkBytes = 64 << 10;
constexpr size_t kFirstValues = 16;

size_t WidthOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return sizeof(uint8_t);
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return sizeof(int32_t);
    case TypeKind::kInt64:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return sizeof(int64_t);
    case TypeKind::kFloat:
      return sizeof(float);
    case TypeKind::kDouble:
      return sizeof(double);
    case TypeKind::kDecimal:
      return sizeof(Int128);
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return sizeof(std::string_view);
    case TypeKind::kList:
    case TypeKind::kMap:
      return sizeof(ListEntry);
    case TypeKind::kStruct:
      return 0;
  }
  return 0;
}

}  // namespace

ColumnBuilder::ColumnBuilder(DataType type) : type_(std::move(type)), width_(WidthOf(type_.kind)) {
  children_.reserve(type_.children.size());
  for (const Field& child : type_.children) children_.emplace_back(child.type);
}

void ColumnBuilder::PushValidity(bool valid) {
  const size_t bit = size_ % 64;
  if (bit == 0) validity_.push_back(0);
  if (valid) {
    validity_.back() |= uint64_t{1} << bit;
  } else {
    has_nulls_ = true;
  }
  ++size_;
}

/// Where the next value goes.
char* ColumnBuilder::NextValue() {
  const size_t begin = size_ * width_;
  if (begin + width_ > values_.size()) values_.resize(std::max(kFirstValues * width_, 2 * values_.size()));
  return values_.data() + begin;
}

template <class T>
void ColumnBuilder::PushRaw(const T& value) {
  TARN_ASSERT(sizeof(T) == width_);
  std::memcpy(NextValue(), &value, sizeof(T));
  PushValidity(true);
}

std::string_view ColumnBuilder::Keep(std::string_view value) {
  if (value.empty()) return "";
  while (arena_used_ < arena_.size() && arena_[arena_used_].capacity() - arena_[arena_used_].size() < value.size()) {
    ++arena_used_;
  }
  if (arena_used_ == arena_.size()) {
    const size_t size = std::min(kFirstChunkBytes << std::min<size_t>(arena_.size(), 8), kMaxChunkBytes);
    arena_.emplace_back().reserve(std::max(size, value.size()));
  }
  std::string& chunk = arena_[arena_used_];
  const size_t begin = chunk.size();
  chunk.append(value);
  return std::string_view(chunk).substr(begin);
}

void ColumnBuilder::AppendNull() {
  if (type_.kind == TypeKind::kStruct) {
    for (ColumnBuilder& child : children_) child.AppendNull();
  } else {
    // Readable as an empty string, a zero or an empty list.
    std::memset(NextValue(), 0, width_);
  }
  PushValidity(false);
}

void ColumnBuilder::AppendBool(bool value) { PushRaw(static_cast<uint8_t>(value ? 1 : 0)); }
void ColumnBuilder::AppendInt32(int32_t value) { PushRaw(value); }
void ColumnBuilder::AppendInt64(int64_t value) { PushRaw(value); }
void ColumnBuilder::AppendFloat(float value) { PushRaw(value); }
void ColumnBuilder::AppendDouble(double value) { PushRaw(value); }
void ColumnBuilder::AppendDecimal(Int128 value) { PushRaw(value); }
void ColumnBuilder::AppendString(std::string_view value) { PushRaw(Keep(value)); }

void ColumnBuilder::AppendValue(const Value& value) {
  if (IsNull(value)) return AppendNull();
  switch (type_.kind) {
    case TypeKind::kBoolean:
      return AppendBool(std::get<bool>(value));
    case TypeKind::kInt32:
      return AppendInt32(static_cast<int32_t>(std::get<int64_t>(value)));
    case TypeKind::kInt64:
      return AppendInt64(std::get<int64_t>(value));
    case TypeKind::kFloat:
      return AppendFloat(static_cast<float>(std::get<double>(value)));
    case TypeKind::kDouble:
      return AppendDouble(std::get<double>(value));
    case TypeKind::kDecimal:
      return AppendDecimal(std::get<DecimalValue>(value).unscaled);
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return AppendString(std::get<std::string>(value));
    case TypeKind::kDate:
      return AppendInt32(std::get<DateValue>(value).days);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return AppendInt64(std::get<TimestampValue>(value).micros);
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      break;
  }
  TARN_ASSERT(!type_.is_nested());
}

void ColumnBuilder::AppendStruct() {
  TARN_ASSERT(type_.kind == TypeKind::kStruct);
  PushValidity(true);
}

void ColumnBuilder::AppendEntry() {
  TARN_ASSERT(type_.kind == TypeKind::kList || type_.kind == TypeKind::kMap);
  const size_t end = children_.front().size();
  PushRaw(ListEntry{.offset = entries_end_, .length = end - entries_end_});
  entries_end_ = end;
}

ColumnView ColumnBuilder::View() const {
  ColumnView view{.type = &type_,
                  .validity = has_nulls_ ? validity_.data() : nullptr,
                  .values = width_ == 0 ? nullptr : values_.data(),
                  .children = {}};
  view.children.reserve(children_.size());
  for (const ColumnBuilder& child : children_) view.children.push_back(child.View());
  return view;
}

void ColumnBuilder::Clear() {
  size_ = 0;
  has_nulls_ = false;
  validity_.clear();
  for (std::string& chunk : arena_) chunk.clear();
  arena_used_ = 0;
  entries_end_ = 0;
  for (ColumnBuilder& child : children_) child.Clear();
}

BatchBuilder::BatchBuilder(const std::vector<DataType>& types) {
  columns_.reserve(types.size());
  for (const DataType& type : types) columns_.emplace_back(type);
}

BatchView BatchBuilder::View() const {
  BatchView view{.rows = rows(), .columns = {}};
  view.columns.reserve(columns_.size());
  for (const ColumnBuilder& column : columns_) {
    TARN_ASSERT(column.size() == view.rows);
    view.columns.push_back(column.View());
  }
  return view;
}

void BatchBuilder::Clear() {
  for (ColumnBuilder& column : columns_) column.Clear();
}

}  // namespace tarn::table
