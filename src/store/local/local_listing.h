// SPDX-License-Identifier: Apache-2.0
#pragma once
// Listing of a directory tree as an object store lists keys: whole keys in byte order, folders only where an object
// lies below them. Pure functions over a Disk; owned by LocalStore.

#include <string>
#include <vector>

#include "store/disk.h"
#include "store/object_store.h"

namespace tarn::store {

struct ListRequest {
  std::string root;         ///< path of the store
  std::string prefix;       ///< checked
  std::string start_after;  ///< any text
  size_t limit = 0;         ///< 0 = all
};

Result<std::vector<ObjectInfo>> ListObjects(Disk& disk, const ListRequest& request);

/// Names under `prefix` (empty or ending in '/') below which at least one object lies.
Result<std::vector<std::string>> ListObjectFolders(Disk& disk, const std::string& root, const std::string& prefix);

}  // namespace tarn::store
