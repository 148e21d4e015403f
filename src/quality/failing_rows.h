// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data tests as SQL that gives failing rows (lake.md §6.4). Pure functions.

#include <string>

#include "base/time.h"
#include "quality/data_tests.h"

namespace tarn::quality {

/// A SELECT of the rows of `table` that fail: for `unique` one for each repeated value, with `occurrences`; for
/// `row_count` and `freshness` one or none. `now` is what `freshness` measures from.
std::string FailingRowsSql(const Test& test, const engine::TableName& table, Timestamp now);

/// One row, one BIGINT: the number of failures of `failing`, as FailingRowsSql gives it.
std::string CountFailuresSql(const Test& test, const std::string& failing);

/// At most `limit` of the failing rows, each as one JSON text.
std::string SampleSql(const std::string& failing, size_t limit);

}  // namespace tarn::quality
