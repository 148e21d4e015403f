// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a table takes merge-on-read: by the option its format has for that,
// so that every engine that writes the table decides alike (lake.md §5.2,
// docs/adr/0013). Pure.

#include <map>
#include <string>
#include <string_view>

#include "silver/file_plan.h"
#include "table/snapshot.h"

namespace tarn::silver {

/// `format`: TableFormat::name().
RemovalMode RemovalModeOf(std::string_view format, const table::Snapshot& snapshot);

/// Properties of a new table that takes merge-on-read.
std::map<std::string, std::string> MarkingProperties(std::string_view format);

}  // namespace tarn::silver
