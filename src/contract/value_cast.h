// SPDX-License-Identifier: Apache-2.0
#pragma once
// Typed values into wider types: what a coerced value becomes in a table column that is wider than its contract.
// Pure functions.

#include <optional>

#include "table/batch.h"
#include "table/value.h"

namespace tarn::contract {

/// `value` of type `from` as a value of type `to`; nullopt when that type cannot hold it. NULL stays NULL.
std::optional<table::Value> CastValue(const table::Value& value, const table::DataType& from,
                                      const table::DataType& to);

/// The last value of a scalar column.
table::Value ValueAt(const table::ColumnBuilder& column);

}  // namespace tarn::contract
