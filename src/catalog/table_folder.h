// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where in the lake a table lies that somebody names in words of his own. Free function; thread-safe.

#include <optional>
#include <string>

#include "base/result.h"
#include "store/object_store.h"

namespace tarn::catalog {

/// Key of what the URI names; nullopt when it lies outside the lake.
std::optional<std::string> KeyInLake(const store::ObjectStore& store, const std::string& uri);

/// Key prefix of the folder, without a trailing slash, of a table named by its URI, its absolute path, its key, or one
/// of its metadata files. kInvalidArgument: outside the lake.
Result<std::string> TableFolder(const store::ObjectStore& store, std::string place);

}  // namespace tarn::catalog
