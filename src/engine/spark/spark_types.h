// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a result of Spark's can be kept as it is (lake.md §6.3). Spark writes types that Parquet does not know as
// bare numbers, and notes in the file's footer what they were. Pure function.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::engine {

/// Name of that note.
inline constexpr const char* kSparkSchemaNote = "org.apache.spark.sql.parquet.row.metadata";

/// kInvalidArgument names a column whose type no table of ours has a place for; kInternal: not what Spark writes.
Status CheckSparkTypes(std::string_view schema_json);

}  // namespace tarn::engine
