// SPDX-License-Identifier: Apache-2.0
#pragma once
// Puts refused records as one object (docs/formats/quarantine.md). Free function; thread-safe.

#include <string>
#include <vector>

#include "quarantine/entry.h"
#include "store/object_store.h"

namespace tarn::quarantine {

/// Durable when it returns. `key` is a name nobody else uses; the entries may be none.
Result<EntryObject> PutEntries(store::ObjectStore& store, const std::string& key, const std::vector<Entry>& entries);

}  // namespace tarn::quarantine
