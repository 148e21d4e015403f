// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes the key filter of a data file that has just been written. Merges and compaction put it before they commit the
// file. Stateless.

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
};

/// `hashes`: HashKey of the file's rows.
Result<table::PendingObject> MakeKeyFilter(const KeyFilterRequest& request, std::vector<uint64_t> hashes);

/// Of a file that `select` gave the rows of: another statement reads the keys of the same rows. Errors as
/// Workspace::Query.
Result<table::PendingObject> MakeKeyFilter(const KeyFilterRequest& request, engine::Workspace& workspace,
                                           const std::string& select);

}  // namespace tarn::silver
