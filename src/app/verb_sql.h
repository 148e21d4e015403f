// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn sql`: one SELECT against a server, or against a lake's own files without its un-landed tail (http-api.md §7).

#include <cstdint>
#include <string>

namespace tarn::app {

enum class SqlFormat { kTable, kJson, kNdjson, kCsv };

struct SqlCommand {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string lake;  ///< set: read this directory instead of asking a server
  SqlFormat format = SqlFormat::kTable;
  uint64_t max_rows = 0;  ///< 0 = the format's default
  std::string sql;        ///< empty = standard input
};

/// Prints the result; returns the exit code.
int RunSql(const SqlCommand& command);

}  // namespace tarn::app
