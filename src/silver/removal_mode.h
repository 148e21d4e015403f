// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a table takes merge-on-read: by the option its format has for that, so that every engine that writes the
// table decides alike, else by the server's setting (lake.md §5.2, docs/adr/0013). Pure.

#include <map>
#include <string>
#include <string_view>

#include "silver/file_plan.h"
#include "table/snapshot.h"

namespace tarn::silver {

/// `format`: TableFormat::name(). `otherwise`: of tables that do not say it themselves.
RemovalMode RemovalModeOf(std::string_view format, const table::Snapshot& snapshot, RemovalMode otherwise);

/// Properties that tell other engines how a new table is written. A Delta table says nothing until rows are marked: it
/// stays plain as long as it can.
std::map<std::string, std::string> PropertiesFor(std::string_view format, RemovalMode mode);

}  // namespace tarn::silver
