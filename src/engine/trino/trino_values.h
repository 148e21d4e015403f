// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values as Trino's answers spell them, into columns. Exact: what does not fit is an error, never another value. Pure
// functions.

#include <string_view>

#include "codec/json.h"
#include "table/batch.h"

namespace tarn::engine {

/// Appends one value of the builder's type. kInternal: not what the protocol says; kInvalidArgument: a time in a zone
/// by name, of which no rules are known here.
Status AppendTrinoValue(const codec::Json& value, table::ColumnBuilder& out);

/// Appends one that is spelled as a string: of no number, boolean or nested type. Errors as above.
Status AppendTrinoText(std::string_view text, table::ColumnBuilder& out);

/// Days since 1970-01-01 of "2026-01-31".
Result<int32_t> ParseTrinoDate(std::string_view text);

/// Microseconds since 1970 of "2026-01-31 10:00:00.000001", with " UTC" or an offset such as " +01:00" behind it or
/// without.
Result<int64_t> ParseTrinoTime(std::string_view text);

}  // namespace tarn::engine
