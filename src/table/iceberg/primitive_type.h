// SPDX-License-Identifier: Apache-2.0
#pragma once
// Primitive types of Iceberg (spec, "Schemas and Data Types") as its metadata spells them, finer than the types of
// module table: partition values and bounds are encoded by them. Plain value.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "table/types.h"

namespace tarn::table::iceberg {

enum class PrimitiveKind : uint8_t {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,           ///< microseconds since midnight
  kTimestamp,      ///< microseconds without a zone
  kTimestampTz,    ///< microseconds, UTC
  kTimestampNs,    ///< v3: nanoseconds without a zone
  kTimestampTzNs,  ///< v3: nanoseconds, UTC
  kString,
  kUuid,
  kFixed,
  kBinary,
  kUnknown,  ///< v3: always NULL
};

struct PrimitiveType {
  PrimitiveKind kind = PrimitiveKind::kString;
  uint8_t precision = 0;     ///< kDecimal only
  uint8_t scale = 0;         ///< kDecimal only
  int32_t length_bytes = 0;  ///< kFixed only

  bool operator==(const PrimitiveType&) const = default;
};

/// Greatest length of a fixed type that is accepted.
inline constexpr int32_t kMaxFixedBytes = 1 << 20;

/// "long", "decimal(9,2)", "fixed[16]"…; kUnsupported names a type that is none of the above.
Result<PrimitiveType> ParsePrimitiveType(std::string_view text);

/// The text that ParsePrimitiveType reads.
std::string PrimitiveTypeName(const PrimitiveType& type);

/// The type a column of module table is stored as; nothing for nested ones.
std::optional<PrimitiveType> PrimitiveTypeOf(const DataType& type);

/// The type module table reads it as; nothing for those it has no word for (time, uuid, fixed, nanoseconds, unknown).
std::optional<DataType> DataTypeOf(const PrimitiveType& type);

}  // namespace tarn::table::iceberg
