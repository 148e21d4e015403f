// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the catalogs of one engine share: the lake's names, the captured scan, the grant of its file system. Owned by
// the engine, outlives every connection.

#include <functional>
#include <string>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/names.h"

namespace tarn::engine {

struct CatalogServices {
  NameResolver& resolver;
  std::string grant;
  duckdb::TableFunction parquet_scan;
  /// Attaches the catalogs of these domains, those the lake does not know excepted. Any thread.
  std::function<Status(const std::vector<std::string>& domains)> attach_domains;
};

/// The catalog of workspace inputs; its schema kInputSchema holds what the session added.
inline constexpr const char* kInputCatalog = "input";
inline constexpr const char* kInputSchema = "main";

}  // namespace tarn::engine
