// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/plan_lineage.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/logical_operator_visitor.hpp"
#include "duckdb/planner/operator/logical_aggregate.hpp"
#include "duckdb/planner/operator/logical_comparison_join.hpp"
#include "duckdb/planner/operator/logical_cte.hpp"
#include "duckdb/planner/operator/logical_cteref.hpp"
#include "duckdb/planner/operator/logical_delim_get.hpp"
#include "duckdb/planner/operator/logical_expression_get.hpp"
#include "duckdb/planner/operator/logical_set_operation.hpp"

namespace tarn::engine {

namespace {

using duckdb::ColumnBinding;
using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;
using Expressions = duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>;
using Sources = std::set<ColumnName>;

/// Walks a plan from its leaves. A binding is a column of an operator's output; every operator either passes its
/// children's bindings on or makes new ones out of them.
class PlanWalk {
 public:
  void Visit(LogicalOperator& op) {
    switch (op.type) {
      case LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:
      case LogicalOperatorType::LOGICAL_RECURSIVE_CTE: {
        Visit(*op.children[0]);
        shared_[op.Cast<duckdb::LogicalCTE>().table_index] = OfOutput(*op.children[0]);
        Visit(*op.children[1]);
        break;
      }
      case LogicalOperatorType::LOGICAL_DELIM_JOIN: {
        // What a correlated subquery reads of the outer rows.
        auto& join = op.Cast<duckdb::LogicalComparisonJoin>();
        const size_t outer = join.delim_flipped ? 1 : 0;
        Visit(*op.children[outer]);
        std::vector<Sources> handed;
        for (const auto& column : join.duplicate_eliminated_columns) handed.push_back(OfExpression(*column));
        handed_.push_back(std::move(handed));
        Visit(*op.children[1 - outer]);
        handed_.pop_back();
        break;
      }
      default:
        for (const auto& child : op.children) Visit(*child);
    }
    Make(op);
  }

  std::vector<Sources> OfOutput(LogicalOperator& op) const {
    std::vector<Sources> output;
    for (const auto& binding : op.GetColumnBindings()) output.push_back(OfBinding(binding));
    return output;
  }

  const Sources& shaped_by() const { return shaped_by_; }

 private:
  static std::pair<uint64_t, uint64_t> KeyOf(const ColumnBinding& binding) {
    return {binding.table_index, binding.column_index};
  }

  Sources OfBinding(const ColumnBinding& binding) const {
    const auto found = made_.find(KeyOf(binding));
    return found == made_.end() ? Sources() : found->second;
  }

  Sources OfExpression(const duckdb::Expression& expression) const {
    Sources sources;
    duckdb::ExpressionIterator::VisitExpression<duckdb::BoundColumnRefExpression>(
        expression, [&](const duckdb::BoundColumnRefExpression& column) { sources.merge(OfBinding(column.binding)); });
    return sources;
  }

  Sources OfAllExpressions(LogicalOperator& op) const {
    Sources sources;
    duckdb::LogicalOperatorVisitor::EnumerateExpressions(
        op, [&](duckdb::unique_ptr<duckdb::Expression>* expression) { sources.merge(OfExpression(**expression)); });
    return sources;
  }

  void Shape(Sources sources) { shaped_by_.merge(sources); }

  void MakeEach(uint64_t table_index, const Expressions& expressions) {
    for (size_t i = 0; i < expressions.size(); ++i) made_[{table_index, i}] = OfExpression(*expressions[i]);
  }

  void MakeFrom(LogicalOperator& op, const std::vector<Sources>& columns) {
    const auto bindings = op.GetColumnBindings();
    for (size_t i = 0; i < std::min(bindings.size(), columns.size()); ++i) {
      made_[KeyOf(bindings[i])].insert(columns[i].begin(), columns[i].end());
    }
  }

  void Make(LogicalOperator& op) {
    switch (op.type) {
      case LogicalOperatorType::LOGICAL_GET:
        return MakeScan(op.Cast<duckdb::LogicalGet>());
      case LogicalOperatorType::LOGICAL_PROJECTION:
      case LogicalOperatorType::LOGICAL_WINDOW:
      case LogicalOperatorType::LOGICAL_UNNEST:
        return MakeEach(op.GetTableIndex().front(), op.expressions);
      case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY: {
        auto& aggregate = op.Cast<duckdb::LogicalAggregate>();
        MakeEach(aggregate.group_index, aggregate.groups);
        MakeEach(aggregate.aggregate_index, aggregate.expressions);
        for (const auto& group : aggregate.groups) Shape(OfExpression(*group));
        return;
      }
      case LogicalOperatorType::LOGICAL_UNION:
      case LogicalOperatorType::LOGICAL_RECURSIVE_CTE:
        for (const auto& child : op.children) MakeFrom(op, OfOutput(*child));
        return;
      case LogicalOperatorType::LOGICAL_EXCEPT:
      case LogicalOperatorType::LOGICAL_INTERSECT:
        MakeFrom(op, OfOutput(*op.children[0]));
        for (const auto& child : op.children) {
          for (const auto& column : OfOutput(*child)) Shape(column);
        }
        return;
      case LogicalOperatorType::LOGICAL_CTE_REF:
        return MakeFrom(op, shared_[op.Cast<duckdb::LogicalCTERef>().cte_index]);
      case LogicalOperatorType::LOGICAL_DELIM_GET:
        if (!handed_.empty()) MakeFrom(op, handed_.back());
        return;
      case LogicalOperatorType::LOGICAL_EXPRESSION_GET:
        for (const auto& row : op.Cast<duckdb::LogicalExpressionGet>().expressions) {
          for (size_t i = 0; i < row.size(); ++i) {
            made_[{op.GetTableIndex().front(), i}].merge(OfExpression(*row[i]));
          }
        }
        return;
      default:
        return MakeOther(op);
    }
  }

  void MakeScan(duckdb::LogicalGet& get) {
    const auto table = get.GetTable();
    const auto bindings = get.GetColumnBindings();
    if (!table) {  // a table function, whose rows may depend on all it is given
      Sources given = OfAllExpressions(get);
      for (const auto& child : get.children) {
        for (auto& column : OfOutput(*child)) given.merge(column);
      }
      for (const auto& binding : bindings) made_[KeyOf(binding)].insert(given.begin(), given.end());
      return;
    }
    const TableName name{table->catalog.GetName(), table->schema.name, table->name};
    const auto& columns = get.GetColumnIds();
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].IsVirtualColumn() && !get.virtual_columns.contains(columns[i].GetPrimaryIndex())) continue;
      made_[{get.table_index, i}].insert(ColumnName{name, get.GetColumnName(columns[i])});
    }
  }

  /// Conditions of filters and joins, orders, limits: they pass bindings on. The mark of an IN and whatever else is new
  /// depends on all the expressions, or else on all there is below.
  void MakeOther(LogicalOperator& op) {
    const auto conditions = OfAllExpressions(op);
    Shape(conditions);
    Sources all = conditions;
    if (all.empty()) {
      for (const auto& child : op.children) {
        for (auto& column : OfOutput(*child)) all.merge(column);
      }
    }
    for (const auto& binding : op.GetColumnBindings()) made_.try_emplace(KeyOf(binding), all);
  }

  std::map<std::pair<uint64_t, uint64_t>, Sources> made_;
  std::map<uint64_t, std::vector<Sources>> shared_;  ///< of common table expressions, by index
  std::vector<std::vector<Sources>> handed_;         ///< of the subqueries around the operator
  Sources shaped_by_;
};

}  // namespace

QueryLineage LineageOf(duckdb::LogicalOperator& plan, const duckdb::vector<duckdb::string>& names,
                       const duckdb::vector<duckdb::LogicalType>& types) {
  PlanWalk walk;
  walk.Visit(plan);
  const auto output = walk.OfOutput(plan);
  QueryLineage lineage;
  for (size_t i = 0; i < names.size(); ++i) {
    ColumnLineage column{names[i], types[i].ToString(), {}};
    if (i < output.size()) column.from.assign(output[i].begin(), output[i].end());
    lineage.columns.push_back(std::move(column));
  }
  lineage.shaped_by.assign(walk.shaped_by().begin(), walk.shaped_by().end());
  return lineage;
}

}  // namespace tarn::engine
