// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the catalogs of one engine share: the lake's names, the captured scan, the grant of its file system. Owned by
// the engine, outlives every connection.

#include <functional>
#include <string>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/file_index.h"
#include "engine/names.h"

namespace tarn::engine {

class DeletedRows;

struct CatalogServices {
  NameResolver& resolver;
  std::string grant;
  duckdb::TableFunction parquet_scan;  ///< as captured before the engine was locked
  DeletedRows* deleted_rows = nullptr;
  FileIndexes file_indexes;
  /// Attaches the catalogs of these domains, those the lake does not know excepted. Any thread.
  std::function<Status(const std::vector<std::string>& domains)> attach_domains;
};

/// The catalog of workspace inputs; its schema kInputSchema holds what the session added.
inline constexpr const char* kInputCatalog = "input";
inline constexpr const char* kInputSchema = "main";

}  // namespace tarn::engine
