// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which tables have mirrors and exports, as contracts and jobs say. Free functions; thread-safe.

#include <string>
#include <vector>

#include "contract/registry.h"
#include "gold/jobs.h"
#include "upkeep/export_table.h"

namespace tarn::app {

/// Locations of tables whose mirror may have stayed behind when the last process ended.
std::vector<std::string> MirroredTables(const contract::Registry& registry, const gold::Jobs& jobs);

/// Tables whose owners want plain files of them.
std::vector<upkeep::ExportTarget> ExportedTables(const contract::Registry& registry, const gold::Jobs& jobs);

}  // namespace tarn::app
