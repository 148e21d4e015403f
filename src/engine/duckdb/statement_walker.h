// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks a whole SELECT tree (subqueries, set operations, CTEs, lateral joins, VALUES, PIVOT, DESCRIBE …), collects the
// tables it names and remembers the first thing that is refused. What the walker does not know is refused.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/names.h"
#include "engine/table_references.h"

namespace tarn::engine {

class StatementWalker {
 public:
  void Walk(duckdb::QueryNode& node);

  const std::optional<Error>& refusal() const { return refusal_; }
  /// Three-part references, each once, in order of appearance.
  const std::vector<TableName>& tables() const { return tables_; }
  /// Every one of them, in order of the text; those into the engine's own schemas as well.
  std::vector<TableReference> References() const;
  bool lists_catalog() const { return lists_catalog_; }

 private:
  void WalkSelect(duckdb::SelectNode& node);
  void WalkModifiers(duckdb::QueryNode& node);
  void WalkRef(duckdb::TableRef& ref);
  void WalkPivot(duckdb::PivotRef& ref);
  void WalkShow(duckdb::ShowRef& ref);
  void WalkTableFunction(duckdb::TableFunctionRef& ref);
  void WalkExpression(duckdb::ParsedExpression& expression);
  void NoteReference(const duckdb::BaseTableRef& ref);
  void NoteTable(const std::string& catalog, const std::string& schema, const std::string& table);
  void Refuse(std::string message);

  std::optional<Error> refusal_;
  std::vector<TableName> tables_;
  std::vector<TableReference> references_;
  std::set<TableName> seen_;
  std::set<std::string> cte_names_;
  bool lists_catalog_ = false;
};

}  // namespace tarn::engine
