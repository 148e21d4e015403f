// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/spark_types.h"

#include <algorithm>
#include <array>

#include "codec/json.h"

namespace tarn::engine {
namespace {

using codec::Json;

/// Those whose Parquet form says all about them.
constexpr auto kScalars =
    std::to_array<std::string_view>({"boolean", "byte", "short", "integer", "long", "float", "double", "string",
                                     "binary", "date", "timestamp", "timestamp_ntz"});
constexpr auto kWithParameters = std::to_array<std::string_view>({"decimal(", "string collate ", "char(", "varchar("});

bool IsKept(std::string_view type) {
  return std::ranges::find(kScalars, type) != kScalars.end() ||
         std::ranges::any_of(kWithParameters, [&](std::string_view one) { return type.starts_with(one); });
}

Status CheckType(const std::string& column, const Json& type) {
  if (type.is_string()) {
    const auto name = type.get<std::string>();
    if (IsKept(name)) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "column " + column + " of the result is of type " + name + ", which tables have no place for; cast it");
  }
  const auto kind = type.at("type").get<std::string>();
  if (kind == "array") return CheckType(column, type.at("elementType"));
  if (kind == "map") {
    TARN_TRY(CheckType(column, type.at("keyType")));
    return CheckType(column, type.at("valueType"));
  }
  if (kind != "struct") return CheckType(column, Json(kind));
  for (const auto& field : type.at("fields")) {
    TARN_TRY(CheckType(column + "." + field.at("name").get<std::string>(), field.at("type")));
  }
  return {};
}

}  // namespace

Status CheckSparkTypes(std::string_view schema_json) {
  TARN_ASSIGN(const auto schema, codec::ParseJson(schema_json));
  try {
    for (const auto& field : schema.at("fields")) {
      TARN_TRY(CheckType(field.at("name").get<std::string>(), field.at("type")));
    }
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInternal, std::string("spark: a schema that cannot be read: ") + error.what());
  }
  return {};
}

}  // namespace tarn::engine
