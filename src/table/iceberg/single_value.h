// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iceberg's serialization of one value (spec, Appendix D): bytes, as bounds of columns and partitions have it, and
// JSON, as column defaults have it. Stateless.
//
// Values: int and long are int64_t, float and double are double, string, uuid, fixed and binary are std::string (the
// raw bytes), time is int64_t microseconds since midnight, timestamps with nanoseconds are int64_t nanoseconds, the
// others have types of their own in Value.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "table/iceberg/primitive_type.h"
#include "table/value.h"

namespace tarn::table::iceberg {

/// Characters of a string, or bytes of a binary, that bounds of columns keep (the default of write.metadata.metrics).
inline constexpr size_t kBoundLength = 16;

/// Bytes of a non-null value. kInvalidArgument when the value is not one of the type.
Result<std::string> EncodeSingleValue(const Value& value, const PrimitiveType& type);

/// Reads what a column of `type` may have, that is also what it had before it was widened (int to long, float to
/// double, date to timestamp). kCorrupt when the length does not fit.
Result<Value> DecodeSingleValue(std::string_view bytes, const PrimitiveType& type);

/// A bound that no value of the column is below. Long strings and binaries are cut. Nothing for NULL and NaN.
Result<std::optional<std::string>> EncodeLowerBound(const Value& value, const PrimitiveType& type);
/// A bound that no value is above: what is cut is rounded up; nothing when that is not possible.
Result<std::optional<std::string>> EncodeUpperBound(const Value& value, const PrimitiveType& type);

/// JSON of a value; null for NULL. kInvalidArgument when the value is not one of the type.
Result<codec::OrderedJson> EncodeJsonValue(const Value& value, const PrimitiveType& type);

/// kCorrupt when it is no value of the type.
Result<Value> DecodeJsonValue(const codec::OrderedJson& json, const PrimitiveType& type);

}  // namespace tarn::table::iceberg
