// SPDX-License-Identifier: Apache-2.0
#pragma once
// The COPY statement that writes a data file in the shape every reader of open tables understands. Pure.

#include <string>

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/query_engine.h"

namespace tarn::engine {

/// COPY of `select`, which is the request's, parsed, to the object `key`, returning the file's statistics. No rows make
/// no file. kInvalidArgument when it is no SELECT.
Result<duckdb::unique_ptr<duckdb::SQLStatement>> ParquetCopyStatement(const WriteRequest& request,
                                                                      duckdb::unique_ptr<duckdb::SQLStatement> select,
                                                                      const std::string& key);

}  // namespace tarn::engine
