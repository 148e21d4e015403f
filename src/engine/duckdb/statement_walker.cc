// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/statement_walker.h"

#include <algorithm>

#include "engine/duckdb/function_rules.h"

namespace tarn::engine {

namespace {

using duckdb::StringUtil;

/// FROM 'x.csv', FROM "/etc/passwd", FROM 's3://…': names only a replacement scan could serve.
bool LooksLikeFile(const std::string& name) { return name.find_first_of("/\\.:*?") != std::string::npos; }

bool IsSystemSchema(const std::string& schema) { return schema == "information_schema" || schema == "pg_catalog"; }

constexpr const char* kFileAccess = "file access is not allowed in queries";

}  // namespace

void StatementWalker::Refuse(std::string message) {
  if (!refusal_) refusal_ = Error{ErrorCode::kInvalidArgument, std::move(message), {}};
}

void StatementWalker::Walk(duckdb::QueryNode& node) {
  for (auto& [name, info] : node.cte_map.map) cte_names_.insert(StringUtil::Lower(name));
  for (auto& [name, info] : node.cte_map.map) {
    Walk(*info->query->node);
    for (auto& target : info->key_targets) WalkExpression(*target);
  }
  switch (node.type) {
    case duckdb::QueryNodeType::SELECT_NODE:
      WalkSelect(node.Cast<duckdb::SelectNode>());
      break;
    case duckdb::QueryNodeType::SET_OPERATION_NODE:
      for (auto& child : node.Cast<duckdb::SetOperationNode>().children) Walk(*child);
      break;
    case duckdb::QueryNodeType::RECURSIVE_CTE_NODE: {
      auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
      Walk(*recursive.left);
      Walk(*recursive.right);
      for (auto& target : recursive.key_targets) WalkExpression(*target);
      break;
    }
    default:
      Refuse("Only SELECT statements are allowed, also inside WITH");
  }
  WalkModifiers(node);
}

void StatementWalker::WalkSelect(duckdb::SelectNode& node) {
  for (auto& expression : node.select_list) WalkExpression(*expression);
  if (node.from_table) WalkRef(*node.from_table);
  if (node.where_clause) WalkExpression(*node.where_clause);
  for (auto& expression : node.groups.group_expressions) WalkExpression(*expression);
  if (node.having) WalkExpression(*node.having);
  if (node.qualify) WalkExpression(*node.qualify);
}

void StatementWalker::WalkModifiers(duckdb::QueryNode& node) {
  duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
      node, [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { WalkExpression(*child); });
}

void StatementWalker::WalkRef(duckdb::TableRef& ref) {
  switch (ref.type) {
    case duckdb::TableReferenceType::BASE_TABLE: {
      auto& base = ref.Cast<duckdb::BaseTableRef>();
      NoteTable(base.catalog_name, base.schema_name, base.table_name);
      NoteReference(base);
      if (base.at_clause) WalkExpression(*base.at_clause->ExpressionMutable());
      break;
    }
    case duckdb::TableReferenceType::SUBQUERY:
      Walk(*ref.Cast<duckdb::SubqueryRef>().subquery->node);
      break;
    case duckdb::TableReferenceType::JOIN: {
      auto& join = ref.Cast<duckdb::JoinRef>();
      WalkRef(*join.left);
      WalkRef(*join.right);
      if (join.condition) WalkExpression(*join.condition);
      break;
    }
    case duckdb::TableReferenceType::TABLE_FUNCTION:
      WalkTableFunction(ref.Cast<duckdb::TableFunctionRef>());
      break;
    case duckdb::TableReferenceType::EXPRESSION_LIST:
      for (auto& row : ref.Cast<duckdb::ExpressionListRef>().values) {
        for (auto& expression : row) WalkExpression(*expression);
      }
      break;
    case duckdb::TableReferenceType::PIVOT:
      WalkPivot(ref.Cast<duckdb::PivotRef>());
      break;
    case duckdb::TableReferenceType::SHOW_REF:
      WalkShow(ref.Cast<duckdb::ShowRef>());
      break;
    case duckdb::TableReferenceType::EMPTY_FROM:
      break;
    default:
      Refuse("Only SELECT statements over tables, subqueries and allowed functions are possible");
  }
}

void StatementWalker::WalkPivot(duckdb::PivotRef& ref) {
  WalkRef(*ref.source);
  for (auto& aggregate : ref.aggregates) WalkExpression(*aggregate);
  for (auto& pivot : ref.pivots) {
    for (auto& expression : pivot.pivot_expressions) WalkExpression(*expression);
    for (auto& entry : pivot.entries) {
      if (entry.expr) WalkExpression(*entry.expr);
    }
    if (pivot.subquery) Walk(*pivot.subquery);
  }
}

void StatementWalker::WalkShow(duckdb::ShowRef& ref) {
  lists_catalog_ = true;
  if (ref.query) Walk(*ref.query);
  const bool is_keyword = ref.table_name.starts_with("\"") || ref.table_name.starts_with("__");
  if (!ref.table_name.empty() && !is_keyword) NoteTable(ref.catalog_name, ref.schema_name, ref.table_name);
}

void StatementWalker::WalkTableFunction(duckdb::TableFunctionRef& ref) {
  if (ref.subquery) Walk(*ref.subquery->node);
  if (ref.function->GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) {
    return Refuse("this kind of table function is not allowed in queries");
  }
  auto& function = ref.function->Cast<duckdb::FunctionExpression>();
  const auto name = StringUtil::Lower(function.function_name);
  if (!IsAllowedTableFunction(name)) {
    return Refuse(IsFileFunction(name) ? kFileAccess : "table function " + name + " is not allowed in queries");
  }
  lists_catalog_ = lists_catalog_ || ListsCatalog(name);
  for (auto& child : function.children) WalkExpression(*child);
}

void StatementWalker::WalkExpression(duckdb::ParsedExpression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION) {
    const auto name = StringUtil::Lower(expression.Cast<duckdb::FunctionExpression>().function_name);
    if (IsFileFunction(name)) Refuse(kFileAccess);
    if (IsRefusedScalarFunction(name)) Refuse("function " + name + " is not allowed in queries");
  }
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY) {
    Walk(*expression.Cast<duckdb::SubqueryExpression>().subquery->node);
  }
  duckdb::ParsedExpressionIterator::EnumerateChildren(expression,
                                                      [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) {
                                                        if (child) WalkExpression(*child);
                                                      });
}

void StatementWalker::NoteReference(const duckdb::BaseTableRef& ref) {
  if (ref.catalog_name.empty()) return;
  TableReference reference;
  reference.name = {StringUtil::Lower(ref.catalog_name), StringUtil::Lower(ref.schema_name),
                    StringUtil::Lower(ref.table_name)};
  // A reference that the parser made up has no place; the end of any text is no name.
  reference.offset = ref.query_location.IsValid() ? ref.query_location.GetIndex() : SIZE_MAX;
  reference.has_alias = !ref.alias.empty();
  reference.time_travels = ref.at_clause != nullptr;
  references_.push_back(std::move(reference));
}

std::vector<TableReference> StatementWalker::References() const {
  auto references = references_;
  std::ranges::stable_sort(references, {}, &TableReference::offset);
  // The source of a PIVOT is walked for its preparation as well.
  const auto repeated = std::ranges::unique(references, {}, &TableReference::offset);
  references.erase(repeated.begin(), repeated.end());
  return references;
}

void StatementWalker::NoteTable(const std::string& catalog, const std::string& schema, const std::string& table) {
  const auto table_name = StringUtil::Lower(table);
  if (catalog.empty()) {
    if (IsSystemSchema(StringUtil::Lower(schema))) lists_catalog_ = true;
    const bool is_name = !schema.empty() || cte_names_.contains(table_name) || !LooksLikeFile(table);
    if (!is_name) Refuse(kFileAccess);
    if (schema.empty() && ListsCatalog(table_name)) lists_catalog_ = true;
    return;
  }
  TableName name{StringUtil::Lower(catalog), StringUtil::Lower(schema), table_name};
  if (IsSystemSchema(name.layer)) {
    lists_catalog_ = true;
    return;
  }
  if (seen_.insert(name).second) tables_.push_back(std::move(name));
}

}  // namespace tarn::engine
