// SPDX-License-Identifier: Apache-2.0
#pragma once
// The validation matrix (http-api.md §4.6): a JSON value into a typed one, or the reason why not. One function a type,
// used by the check at ingest and by the decoding of stored records, so that both always agree. Null is the caller's.

#include <cstdint>
#include <string>
#include <string_view>

#include "contract/contract.h"
#include "contract/json_scanner.h"
#include "table/value.h"

namespace tarn::contract {

/// Why a value does not fit; kNone = it does.
enum class Misfit : uint8_t {
  kNone,
  kStringType,
  kIntType,
  kIntParsing,
  kIntFromFloat,
  kIntParsingSize,
  kFloatType,
  kFloatParsing,
  kFiniteNumber,
  kDecimalType,
  kDecimalParsing,
  kDecimalWholeDigits,
  kBoolType,
  kBoolParsing,
  kDatetimeParsing,
  kDateParsing,
  kDateInexact,
  kDictType,
  kListType,
  kMissing,
  kEnum,
  kExtraForbidden,
  kJsonInvalid,
};

/// The word clients see: "string_type", "int_from_float", …
std::string_view MisfitType(Misfit misfit);
std::string_view MisfitMessage(Misfit misfit);

/// What a null on a required column is.
Misfit NullMisfit(ColumnType type);

/// Buffer for strings with escapes; reused from value to value.
using Scratch = std::string;

Misfit ToBoolean(const JsonValue& value, Scratch& scratch, bool& out);
Misfit ToInteger(const JsonValue& value, Scratch& scratch, int64_t& out);
Misfit ToDouble(const JsonValue& value, Scratch& scratch, double& out);
Misfit ToTimestamp(const JsonValue& value, Scratch& scratch, int64_t& micros);
Misfit ToDate(const JsonValue& value, Scratch& scratch, int32_t& days);

struct DecimalShape {
  uint8_t precision = 38;
  uint8_t scale = 9;
};
Misfit ToDecimal(const JsonValue& value, Scratch& scratch, DecimalShape shape, table::Int128& unscaled);

/// Whether a value that is not null fits the column; of lists and structs only whether it is one (nested_check.h).
Misfit CheckValue(const Column& column, const JsonValue& value, Scratch& scratch);

}  // namespace tarn::contract
