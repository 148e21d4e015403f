// SPDX-License-Identifier: Apache-2.0
#pragma once
// How documents name tables in short (http-api.md §8, `dependencies`). Free function; thread-safe.

#include <string>

#include "engine/names.h"

namespace tarn::lake {

/// "job" is gold's in `domain`, "domain.job" and "domain/job" are gold's, "domain.layer.table" names all.
engine::TableName ReadTableReference(const std::string& domain, const std::string& text);

}  // namespace tarn::lake
