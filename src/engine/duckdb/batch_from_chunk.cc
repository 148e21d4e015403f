// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/batch_from_chunk.h"

#include <algorithm>

#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::FlatVector;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Vector;
using table::ColumnView;
using table::TypeKind;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMilli = 1'000;
constexpr int64_t kNanosPerMicro = 1'000;

static_assert(sizeof(duckdb::list_entry_t) == sizeof(table::ListEntry));
static_assert(sizeof(duckdb::hugeint_t) == sizeof(table::Int128));

/// The type a column is cast to before it is viewed; the column's own when its layout is known.
LogicalType ViewedType(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::ARRAY:
      return LogicalType::LIST(duckdb::ArrayType::GetChildType(type));
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::USMALLINT:
      return LogicalType::INTEGER;
    case LogicalTypeId::UINTEGER:
      return LogicalType::BIGINT;
    case LogicalTypeId::UBIGINT:
      return LogicalType::HUGEINT;
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::LIST:
    case LogicalTypeId::MAP:
    case LogicalTypeId::STRUCT:
      return type;
    default:
      return LogicalType::VARCHAR;
  }
}

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - static_cast<int64_t>(value % by < 0 ? 1 : 0); }

}  // namespace

/// One column, or one child of a nested one, with the buffers it needs.
class ChunkView::Column {
 public:
  explicit Column(const LogicalType& type)
      : type_(ToBatchType(type)), viewed_(ViewedType(type)), cast_(viewed_ != type) {
    switch (viewed_.id()) {
      case LogicalTypeId::LIST:
        children_.push_back(std::make_unique<Column>(duckdb::ListType::GetChildType(viewed_)));
        break;
      case LogicalTypeId::MAP:
        children_.push_back(std::make_unique<Column>(duckdb::MapType::KeyType(viewed_)));
        children_.push_back(std::make_unique<Column>(duckdb::MapType::ValueType(viewed_)));
        break;
      case LogicalTypeId::STRUCT:
        for (const auto& child : duckdb::StructType::GetChildTypes(viewed_)) {
          children_.push_back(std::make_unique<Column>(child.second));
        }
        break;
      default:
        break;
    }
  }

  const table::DataType& type() const { return type_; }

  void View(Vector& source, size_t rows, ColumnView& view) {
    if (!cast_) return ViewFlat(source, rows, view);
    cast_result_ = std::make_unique<Vector>(viewed_, std::max<size_t>(rows, STANDARD_VECTOR_SIZE));
    duckdb::VectorOperations::DefaultCast(source, *cast_result_, rows);
    ViewFlat(*cast_result_, rows, view);
  }

 private:
  void ViewFlat(Vector& vector, size_t rows, ColumnView& view) {
    vector.Flatten(rows);
    view.type = &type_;
    const auto& validity = FlatVector::Validity(vector);
    view.validity = validity.AllValid() ? nullptr : validity.GetData();
    view.children.resize(children_.size());
    switch (viewed_.id()) {
      case LogicalTypeId::DECIMAL:
        return ViewDecimal(vector, rows, view);
      case LogicalTypeId::VARCHAR:
      case LogicalTypeId::BLOB:
        return ViewStrings(vector, rows, view);
      case LogicalTypeId::TIMESTAMP_SEC:
        return ViewScaled(vector, rows, view, [](int64_t v) { return v * kMicrosPerSecond; });
      case LogicalTypeId::TIMESTAMP_MS:
        return ViewScaled(vector, rows, view, [](int64_t v) { return v * kMicrosPerMilli; });
      case LogicalTypeId::TIMESTAMP_NS:
        return ViewScaled(vector, rows, view, [](int64_t v) { return FloorDivide(v, kNanosPerMicro); });
      case LogicalTypeId::LIST:
      case LogicalTypeId::MAP:
      case LogicalTypeId::STRUCT:
        return ViewNested(vector, rows, view);
      default:
        view.values = FlatVector::GetData(vector);
    }
  }

  template <class Narrow>
  void Widen(Vector& vector, size_t rows, ColumnView& view) {
    decimals_.resize(rows);
    const auto* in = FlatVector::GetData<Narrow>(vector);
    std::copy_n(in, rows, decimals_.begin());
    view.values = decimals_.data();
  }

  void ViewDecimal(Vector& vector, size_t rows, ColumnView& view) {
    switch (viewed_.InternalType()) {
      case duckdb::PhysicalType::INT16:
        return Widen<int16_t>(vector, rows, view);
      case duckdb::PhysicalType::INT32:
        return Widen<int32_t>(vector, rows, view);
      case duckdb::PhysicalType::INT64:
        return Widen<int64_t>(vector, rows, view);
      default:
        view.values = FlatVector::GetData(vector);
    }
  }

  void ViewStrings(Vector& vector, size_t rows, ColumnView& view) {
    strings_.assign(rows, {});
    const auto* in = FlatVector::GetData<duckdb::string_t>(vector);
    for (size_t row = 0; row < rows; ++row) {
      if (view.IsValid(row)) strings_[row] = std::string_view(in[row].GetData(), in[row].GetSize());
    }
    view.values = strings_.data();
  }

  template <class Scale>
  void ViewScaled(Vector& vector, size_t rows, ColumnView& view, Scale scale) {
    micros_.assign(rows, 0);
    const auto* in = FlatVector::GetData<int64_t>(vector);
    for (size_t row = 0; row < rows; ++row) {
      const bool is_infinite = in[row] == INT64_MAX || in[row] == -INT64_MAX;
      if (view.IsValid(row)) micros_[row] = is_infinite ? in[row] : scale(in[row]);
    }
    view.values = micros_.data();
  }

  void ViewNested(Vector& vector, size_t rows, ColumnView& view) {
    if (viewed_.id() == LogicalTypeId::STRUCT) {
      auto& entries = duckdb::StructVector::GetEntries(vector);
      for (size_t i = 0; i < children_.size(); ++i) children_[i]->View(*entries[i], rows, view.children[i]);
      return;
    }
    view.values = FlatVector::GetData(vector);
    const size_t child_rows = duckdb::ListVector::GetListSize(vector);
    if (viewed_.id() == LogicalTypeId::MAP) {
      children_[0]->View(duckdb::MapVector::GetKeys(vector), child_rows, view.children[0]);
      children_[1]->View(duckdb::MapVector::GetValues(vector), child_rows, view.children[1]);
      return;
    }
    children_[0]->View(duckdb::ListVector::GetEntry(vector), child_rows, view.children[0]);
  }

  const table::DataType type_;
  const LogicalType viewed_;
  const bool cast_;
  std::vector<std::unique_ptr<Column>> children_;
  std::unique_ptr<Vector> cast_result_;
  std::vector<std::string_view> strings_;
  std::vector<table::Int128> decimals_;
  std::vector<int64_t> micros_;
};

ChunkView::ChunkView(const duckdb::vector<LogicalType>& types) {
  for (const auto& type : types) columns_.push_back(std::make_unique<Column>(type));
}

ChunkView::~ChunkView() = default;

const table::DataType& ChunkView::type(size_t column) const { return columns_[column]->type(); }

void ChunkView::View(duckdb::DataChunk& chunk, table::BatchView& batch) {
  batch.rows = chunk.size();
  batch.columns.resize(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->View(chunk.data[i], chunk.size(), batch.columns[i]);
}

}  // namespace tarn::engine
