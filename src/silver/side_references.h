// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a side manifest keeps alive: upkeep deletes or collects side objects only when no kept version's manifest names
// them (durability.md §5.2, §8).

#include <string>
#include <vector>

#include "silver/side_manifest.h"
#include "store/object_store.h"

namespace tarn::silver {

/// Keys of the manifest that a commit of the table at `location` calls `number` and of the objects in its side folder.
Result<std::vector<std::string>> SideReferences(store::ObjectStore& store, const std::string& location, int64_t number);

}  // namespace tarn::silver
