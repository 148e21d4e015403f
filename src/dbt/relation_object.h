// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables, and rows of queries, as templates see them: relations, columns, and the result of run_query. Immutable.

#include <memory>
#include <string>
#include <utility>

#include "dbt/warehouse.h"

namespace tarn::dbt {

class RelationObject final : public jinja::Object {
 public:
  explicit RelationObject(Relation relation) : relation_(std::move(relation)) {}
  const Relation& relation() const { return relation_; }
  std::string TypeName() const override { return "relation"; }
  Result<jinja::Value> Attribute(const std::string& name) override;
  std::string Text() const override { return relation_.ToSql(); }

 private:
  Relation relation_;
};

jinja::Value RelationValue(Relation relation);

/// Of a relation, or of its text as ToSql prints it; kInvalidArgument for others.
Result<Relation> RelationOf(const jinja::Value& value);

/// With name, column, dtype, data_type, quoted.
jinja::Value ColumnValue(const ColumnInfo& column);

/// With columns, rows, column_names.
jinja::Value TableValue(std::shared_ptr<const QueryRows> rows);

}  // namespace tarn::dbt
