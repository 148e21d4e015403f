// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_types.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/words.h"

namespace tarn::engine {
namespace {

using codec::Json;
using table::DataType;
using table::TypeKind;

constexpr int kMicroseconds = 6;
constexpr int kDefaultPrecision = 3;  ///< of a time stamp that says none

/// A NULL without a type becomes an INTEGER, as it does here.
constexpr auto kScalars = std::to_array<std::pair<std::string_view, TypeKind>>({
    {"boolean", TypeKind::kBoolean},
    {"tinyint", TypeKind::kInt32},
    {"smallint", TypeKind::kInt32},
    {"integer", TypeKind::kInt32},
    {"bigint", TypeKind::kInt64},
    {"real", TypeKind::kFloat},
    {"double", TypeKind::kDouble},
    {"varchar", TypeKind::kString},
    {"char", TypeKind::kString},
    {"varbinary", TypeKind::kBinary},
    {"json", TypeKind::kJson},
    {"date", TypeKind::kDate},
    {"unknown", TypeKind::kInt32},
    {"uuid", TypeKind::kString},
    {"ipaddress", TypeKind::kString},
    {"time", TypeKind::kString},
    {"time with time zone", TypeKind::kString},
    {"interval day to second", TypeKind::kString},
    {"interval year to month", TypeKind::kString},
});

/// Reads signatures of one column.
class SignatureReader {
 public:
  explicit SignatureReader(std::string column) : column_(std::move(column)) {}

  Result<DataType> Read(const Json& signature) const {
    const auto raw = signature.at("rawType").get<std::string>();
    const auto& arguments = signature.at("arguments");
    if (const auto scalar = ValueOf(kScalars, raw)) return table::Scalar(*scalar);
    if (raw == "decimal") {
      return table::Decimal(arguments.at(0).at("value").get<uint8_t>(), arguments.at(1).at("value").get<uint8_t>());
    }
    if (raw == "timestamp") return Time(TypeKind::kTimestampNaive, arguments);
    if (raw == "timestamp with time zone") return Time(TypeKind::kTimestamp, arguments);
    if (raw == "array") return Nested(TypeKind::kList, arguments, {"element"});
    if (raw == "map") return Nested(TypeKind::kMap, arguments, {"key", "value"});
    if (raw == "row") return Row(arguments);
    return Refuse(raw + ", which tables have no place for; cast it");
  }

 private:
  std::unexpected<Error> Refuse(const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, "column " + column_ + " of the result is of type " + what);
  }

  Result<DataType> Time(TypeKind kind, const Json& arguments) const {
    const int precision = arguments.empty() ? kDefaultPrecision : arguments.at(0).at("value").get<int>();
    if (precision <= kMicroseconds) return table::Scalar(kind);
    return Refuse("timestamp(" + std::to_string(precision) + "), finer than microseconds; cast it to timestamp(6)");
  }

  Result<DataType> Nested(TypeKind kind, const Json& arguments, const std::vector<std::string>& names) const {
    DataType type{.kind = kind, .precision = 0, .scale = 0, .children = {}};
    for (size_t i = 0; i < names.size(); ++i) {
      table::Field field;
      field.name = names[i];
      field.nullable = field.name != "key";
      TARN_ASSIGN(field.type, Read(arguments.at(i).at("value")));
      type.children.push_back(std::move(field));
    }
    return type;
  }

  Result<DataType> Row(const Json& arguments) const {
    DataType type{.kind = TypeKind::kStruct, .precision = 0, .scale = 0, .children = {}};
    for (const auto& argument : arguments) {
      const auto& value = argument.at("value");
      const auto name = value.find("fieldName");
      if (name == value.end() || !name->is_object()) return Refuse("row with fields that have no name; cast it");
      table::Field field;
      field.name = name->at("name").get<std::string>();
      TARN_ASSIGN(field.type, Read(value.at("typeSignature")));
      type.children.push_back(std::move(field));
    }
    return type;
  }

  const std::string column_;
};

}  // namespace

Result<table::Schema> TrinoColumns(const Json& columns) {
  table::Schema schema;
  try {
    for (const auto& column : columns) {
      table::Field field;
      field.name = column.at("name").get<std::string>();
      TARN_ASSIGN(field.type, SignatureReader(field.name).Read(column.at("typeSignature")));
      schema.fields.push_back(std::move(field));
    }
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInternal, std::string("trino: columns that cannot be read: ") + error.what());
  }
  table::AssignFieldIds(schema, 0);
  return schema;
}

}  // namespace tarn::engine
