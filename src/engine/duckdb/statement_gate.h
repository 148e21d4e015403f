// SPDX-License-Identifier: Apache-2.0
#pragma once
// The gate every statement of a user passes: exactly one SELECT, judged by its syntax tree, that calls nothing which
// reads files, settings or SQL text (http-api.md §7.2). Stateless.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/query_engine.h"
#include "engine/table_references.h"

namespace tarn::engine {

struct ParsedStatement {
  duckdb::unique_ptr<duckdb::SQLStatement> statement;
  /// CREATE TYPE statements the parser made for a PIVOT whose values come from the data; to be run first.
  std::vector<duckdb::unique_ptr<duckdb::SQLStatement>> preparations;
};

struct CheckedStatement : ParsedStatement {
  StatementInfo info;
  std::vector<TableReference> references;  ///< as TableReferences says
  bool lists_catalog = false;              ///< asks which tables there are: every domain must be attached
};

/// Parses and judges `sql`. kInvalidArgument as QueryEngine::Classify says.
Result<CheckedStatement> CheckSelect(const std::string& sql);

/// Parses one statement of our own, of any kind. kInvalidArgument for several or none.
Result<ParsedStatement> ParseTrusted(const std::string& sql);

/// The domains of the statement's tables, each once.
std::vector<std::string> DomainsOf(const StatementInfo& info);

}  // namespace tarn::engine
