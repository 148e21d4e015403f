// SPDX-License-Identifier: Apache-2.0
#pragma once
// A table at one snapshot, ready to be scanned: what the catalog hands to an engine. Immutable value.

#include <string>
#include <vector>

#include "table/snapshot.h"

namespace tarn::table {

struct PinnedTable {
  std::string location;  ///< key prefix in the lake's store, without a trailing slash
  SnapshotPtr snapshot;
  std::vector<DataFilePtr> files;  ///< the snapshot's files, or the ones that are to be read
};

}  // namespace tarn::table
