// SPDX-License-Identifier: Apache-2.0
#pragma once
// Partition transforms (Iceberg spec, "Partition Transforms" and Appendix B): their names, result types and values.
// Stateless.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "table/iceberg/primitive_type.h"
#include "table/value.h"

namespace tarn::table::iceberg {

enum class TransformKind : uint8_t {
  kIdentity,
  kBucket,
  kTruncate,
  kYear,
  kMonth,
  kDay,
  kHour,
  kVoid,
  kUnknown,  ///< of a later specification: files can be read, nothing can be written
};

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  int32_t width = 0;  ///< kBucket: number of buckets; kTruncate: width
  std::string text;   ///< kUnknown: as it came

  bool operator==(const Transform&) const = default;
};

/// "identity", "bucket[16]", "truncate[4]", "year", … in any case. Never fails: what is none of them is kUnknown.
Transform ParseTransform(std::string_view text);

std::string TransformName(const Transform& transform);

/// Type of the partition values. kInvalidArgument when the source cannot be transformed so, kUnsupported for kUnknown.
Result<PrimitiveType> TransformResultType(const Transform& transform, const PrimitiveType& source);

/// The partition value of a column's value (values as in single_value.h). NULL stays NULL. Errors as above.
Result<Value> ApplyTransform(const Transform& transform, const PrimitiveType& source, const Value& value);

/// The 32-bit hash that buckets are made of. kInvalidArgument for a type that has none or a value of another type.
Result<int32_t> BucketHash(const PrimitiveType& source, const Value& value);

}  // namespace tarn::table::iceberg
