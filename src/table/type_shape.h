// SPDX-License-Identifier: Apache-2.0
#pragma once
// Types compared and joined by what they hold, whatever ids their nested fields have. Pure functions.

#include <optional>

#include "table/types.h"

namespace tarn::table {

/// Whether both are the same type but for the ids of nested fields and the names they have in files.
bool SameShape(const DataType& a, const DataType& b);

/// `present` with the fields that the structs of `added` have besides: these without ids, behind the others, nullable.
/// nullopt when they differ in anything else; the order of fields is none such.
std::optional<DataType> WithNewFields(const DataType& present, const DataType& added);

/// Takes the ids from everything inside the type.
void ForgetFieldIds(DataType& type);

}  // namespace tarn::table
