// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes the key filter of a data file that a statement has just written: a second statement reads the keys of the same
// rows. Merges and compaction put it before they commit the file. Stateless.

#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "table/types.h"

namespace tarn::silver {

struct KeyFilterRequest {
  const std::string& location;  ///< of the table
  const std::string& path;      ///< of the data file
  const table::Schema& schema;
  const std::vector<std::string>& key;
  const std::string& select;  ///< that the file's rows came from
};

/// Errors as Workspace::Query.
Result<engine::PendingObject> MakeKeyFilter(engine::Workspace& workspace, const KeyFilterRequest& request);

}  // namespace tarn::silver
