// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using table::DataType;
using table::Field;
using table::TypeKind;

/// The two readings of a DuckDB type differ only in what a table can hold.
enum class Purpose { kBatch, kStorage };

constexpr uint8_t kHugeintPrecision = 39;
constexpr uint8_t kMaxPrecision = 38;
constexpr uint8_t kUnsignedBigintPrecision = 20;

DataType Convert(const LogicalType& type, Purpose purpose);

Field ChildField(std::string name, const LogicalType& type, Purpose purpose) {
  return Field{0, std::move(name), Convert(type, purpose), true};
}

DataType ConvertNested(const LogicalType& type, Purpose purpose) {
  DataType result;
  switch (type.id()) {
    case LogicalTypeId::LIST:
      result.kind = TypeKind::kList;
      result.children.push_back(ChildField("element", duckdb::ListType::GetChildType(type), purpose));
      break;
    case LogicalTypeId::ARRAY:
      result.kind = TypeKind::kList;
      result.children.push_back(ChildField("element", duckdb::ArrayType::GetChildType(type), purpose));
      break;
    case LogicalTypeId::MAP:
      result.kind = TypeKind::kMap;
      result.children.push_back(ChildField("key", duckdb::MapType::KeyType(type), purpose));
      result.children.back().nullable = false;
      result.children.push_back(ChildField("value", duckdb::MapType::ValueType(type), purpose));
      break;
    default:
      result.kind = TypeKind::kStruct;
      for (const auto& child : duckdb::StructType::GetChildTypes(type)) {
        result.children.push_back(ChildField(child.first, child.second, purpose));
      }
  }
  return result;
}

DataType Convert(const LogicalType& type, Purpose purpose) {
  const uint8_t huge = purpose == Purpose::kBatch ? kHugeintPrecision : kMaxPrecision;
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return table::Scalar(TypeKind::kBoolean);
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::INTEGER:
      return table::Scalar(TypeKind::kInt32);
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::BIGINT:
      return table::Scalar(TypeKind::kInt64);
    case LogicalTypeId::UBIGINT:
      return table::Decimal(kUnsignedBigintPrecision, 0);
    case LogicalTypeId::HUGEINT:
      return table::Decimal(huge, 0);
    case LogicalTypeId::UHUGEINT:
      return purpose == Purpose::kBatch ? table::Scalar(TypeKind::kString) : table::Decimal(huge, 0);
    case LogicalTypeId::FLOAT:
      return table::Scalar(TypeKind::kFloat);
    case LogicalTypeId::DOUBLE:
      return table::Scalar(TypeKind::kDouble);
    case LogicalTypeId::DECIMAL:
      return table::Decimal(duckdb::DecimalType::GetWidth(type), duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::VARCHAR:
      return table::Scalar(type.IsJSONType() ? TypeKind::kJson : TypeKind::kString);
    case LogicalTypeId::BLOB:
      return table::Scalar(TypeKind::kBinary);
    case LogicalTypeId::DATE:
      return table::Scalar(TypeKind::kDate);
    case LogicalTypeId::TIMESTAMP_TZ:
      return table::Scalar(TypeKind::kTimestamp);
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return table::Scalar(TypeKind::kTimestampNaive);
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
    case LogicalTypeId::MAP:
    case LogicalTypeId::STRUCT:
      return ConvertNested(type, purpose);
    default:
      return table::Scalar(TypeKind::kString);
  }
}

LogicalType StructTypeOf(const DataType& type) {
  duckdb::child_list_t<LogicalType> children;
  for (const auto& child : type.children) children.emplace_back(child.name, ToLogicalType(child.type));
  return LogicalType::STRUCT(std::move(children));
}

duckdb::Value DecimalConstant(const table::DecimalValue& decimal) {
  // The width decides how the value is stored, so it starts at the widest.
  const auto widest = duckdb::Value::DECIMAL(ToHugeint(decimal.unscaled), kMaxPrecision, decimal.scale);
  return widest.DefaultCastAs(LogicalType::DECIMAL(decimal.precision, decimal.scale));
}

}  // namespace

table::Int128 ToInt128(duckdb::hugeint_t value) {
  return static_cast<table::Int128>((static_cast<unsigned __int128>(static_cast<uint64_t>(value.upper)) << 64) |
                                    value.lower);
}

duckdb::hugeint_t ToHugeint(table::Int128 value) {
  const auto bits = static_cast<unsigned __int128>(value);
  return duckdb::hugeint_t(static_cast<int64_t>(bits >> 64), static_cast<uint64_t>(bits));
}

LogicalType ToLogicalType(const DataType& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeKind::kInt32:
      return LogicalType::INTEGER;
    case TypeKind::kInt64:
      return LogicalType::BIGINT;
    case TypeKind::kFloat:
      return LogicalType::FLOAT;
    case TypeKind::kDouble:
      return LogicalType::DOUBLE;
    case TypeKind::kDecimal:
      if (type.precision > kMaxPrecision) return LogicalType::HUGEINT;
      return LogicalType::DECIMAL(type.precision, type.scale);
    case TypeKind::kString:
      return LogicalType::VARCHAR;
    case TypeKind::kJson:
      return LogicalType::JSON();
    case TypeKind::kBinary:
      return LogicalType::BLOB;
    case TypeKind::kDate:
      return LogicalType::DATE;
    case TypeKind::kTimestamp:
      return LogicalType::TIMESTAMP_TZ;
    case TypeKind::kTimestampNaive:
      return LogicalType::TIMESTAMP;
    case TypeKind::kList:
      return LogicalType::LIST(ToLogicalType(type.children.at(0).type));
    case TypeKind::kStruct:
      return StructTypeOf(type);
    case TypeKind::kMap:
      return LogicalType::MAP(ToLogicalType(type.children.at(0).type), ToLogicalType(type.children.at(1).type));
  }
  return LogicalType::VARCHAR;
}

DataType ToBatchType(const LogicalType& type) { return Convert(type, Purpose::kBatch); }

DataType ToStorableType(const LogicalType& type) { return Convert(type, Purpose::kStorage); }

duckdb::Value ToParameter(const table::Value& value) {
  struct Visitor {
    duckdb::Value operator()(std::monostate) const { return duckdb::Value(); }
    duckdb::Value operator()(bool v) const { return duckdb::Value::BOOLEAN(v); }
    duckdb::Value operator()(int64_t v) const { return duckdb::Value::BIGINT(v); }
    duckdb::Value operator()(double v) const { return duckdb::Value::DOUBLE(v); }
    duckdb::Value operator()(const table::DecimalValue& v) const { return DecimalConstant(v); }
    duckdb::Value operator()(const std::string& v) const { return duckdb::Value(v); }
    duckdb::Value operator()(table::DateValue v) const { return duckdb::Value::DATE(duckdb::date_t(v.days)); }
    duckdb::Value operator()(table::TimestampValue v) const {
      if (v.utc) return duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(v.micros));
      return duckdb::Value::TIMESTAMP(duckdb::timestamp_t(v.micros));
    }
  };
  return std::visit(Visitor{}, value);
}

duckdb::Value ToDuckDbValue(const table::Value& value, const LogicalType& type) {
  if (table::IsNull(value)) return duckdb::Value(type);
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr && type.id() == LogicalTypeId::BLOB) {
    return duckdb::Value::BLOB_RAW(*text);
  }
  if (const auto* micros = std::get_if<table::TimestampValue>(&value)) {
    // The column's type decides about the zone; statistics of one column never mix.
    if (type.id() == LogicalTypeId::TIMESTAMP_TZ)
      return duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros->micros));
    return duckdb::Value::TIMESTAMP(duckdb::timestamp_t(micros->micros));
  }
  duckdb::Value result = ToParameter(value);
  if (result.type() != type && !result.DefaultTryCastAs(type)) return duckdb::Value(type);
  return result;
}

}  // namespace tarn::engine
