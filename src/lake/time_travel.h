// SPDX-License-Identifier: Apache-2.0
#pragma once
// What AT (VERSION => n) and AT (TIMESTAMP => t) mean for an open table (http-api.md §7.1). Free function; thread-safe.

#include <optional>

#include "engine/names.h"
#include "table/table.h"

namespace tarn::lake {

/// The newest snapshot without `at`; otherwise the version that is named, or the last one that was committed at or
/// before the instant and is left. kInvalidArgument when the table has no such version, or has it no more: one that
/// expired has left even while its log entry lies there. kNotFound when the table does not exist at all.
Result<table::SnapshotPtr> LoadAt(table::Table& table, const std::optional<engine::TimeTravel>& at);

}  // namespace tarn::lake
