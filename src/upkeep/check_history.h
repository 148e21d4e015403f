// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every version of a table's history can still be read: data files, delete files and side objects that it names are
// there (durability.md §8). Versions that expiry let go are no part of the history.

#include <string>

#include "lake/open_tables.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckHistory(store::ObjectStore& store, lake::OpenTables& tables, const std::string& location,
                  CheckReport& report);

}  // namespace tarn::upkeep
