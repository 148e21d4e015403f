// SPDX-License-Identifier: Apache-2.0
#pragma once
// Schemas proposed from data (http-api.md §3.5): for POST /endpoints/infer and for the first record of an
// auto_inference endpoint. Pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "contract/json_scanner.h"

namespace tarn::contract {

struct ProposedColumn {
  std::string key;          ///< as in the payload
  Column column;            ///< required = not null; key columns by their names
  bool has_sample = false;  ///< false: the value is null
  std::string sample;       ///< first 100 characters
};

/// Sets the type members of `column` by the value; null proposes `string`.
void ProposeType(const JsonValue& value, Column& column);

/// One column per key, in their order. `object` is a JSON object's text with RecordChecker::kPadding readable bytes
/// behind it. kInvalidArgument for any other text.
Result<std::vector<ProposedColumn>> ProposeColumns(std::string_view object);

/// The columns an auto_inference contract gets from its first stored record: its declared ones, then one per key that
/// fills none of them (types only, marked inferred).
Result<std::vector<Column>> FixedColumns(const Contract& contract, std::string_view record);

}  // namespace tarn::contract
