// SPDX-License-Identifier: Apache-2.0
#pragma once
// Copy-on-write's bookkeeping, shared by silver and gold: which files of a snapshot hold the rows a query found.

#include <set>
#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "table/snapshot.h"

namespace tarn::lake {

/// Runs a SELECT of one text column (engine::kFileColumn of a pinned input) and collects its values.
Result<std::set<std::string>> FileNames(engine::Workspace& workspace, const std::string& select);

/// Files of the snapshot whose path ends one of the names.
std::vector<table::DataFilePtr> FilesNamed(const table::Snapshot& snapshot, const std::set<std::string>& names);

}  // namespace tarn::lake
