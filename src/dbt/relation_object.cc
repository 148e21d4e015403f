// SPDX-License-Identifier: Apache-2.0
#include "dbt/relation_object.h"

#include <algorithm>

#include "base/ascii.h"
#include "dbt/jinja/loop_object.h"
#include "dbt/jinja/utf8.h"
#include "dbt/sql_text.h"

namespace tarn::dbt {
namespace {

using jinja::Arguments;
using jinja::Interpreter;
using jinja::Undefined;
using jinja::Value;

/// A function without arguments that gives one value.
Value Giving(const std::string& name, Value value) {
  return jinja::Function(name, [value](Interpreter&, const Arguments&) -> Result<Value> { return value; });
}

class ColumnObject final : public jinja::Object {
 public:
  explicit ColumnObject(ColumnInfo column) : column_(std::move(column)) {}
  std::string TypeName() const override { return "column"; }
  std::string Text() const override { return column_.name; }
  Result<Value> Attribute(const std::string& name) override {
    const auto type = Lower(column_.type);
    if (name == "name" || name == "column") return Value(column_.name);
    if (name == "dtype" || name == "data_type") return Value(column_.type);
    if (name == "quoted") return Value(QuotedName(column_.name));
    if (name == "is_string") return Giving(name, Value(type == "varchar"));
    if (name == "is_numeric") return Giving(name, Value(type.starts_with("decimal")));
    if (name == "is_integer") return Giving(name, Value(type == "bigint" || type == "integer"));
    if (name == "is_float") return Giving(name, Value(type == "double" || type == "float"));
    if (name == "is_number") {
      return Giving(name, Value(type.starts_with("decimal") || type == "bigint" || type == "integer" ||
                                type == "double" || type == "float"));
    }
    return Fail(ErrorCode::kUnsupported, "not supported: " + name + " of a column");
  }

 private:
  ColumnInfo column_;
};

using RowsPtr = std::shared_ptr<const QueryRows>;

class RowObject final : public jinja::Object {
 public:
  RowObject(RowsPtr table, size_t row) : table_(std::move(table)), row_(row) {}
  std::string TypeName() const override { return "row"; }
  Result<std::vector<Value>> Items() const override { return table_->rows[row_]; }
  Result<Value> Item(const Value& key) override {
    if (!key.is_int()) return Attribute(key.Text());
    const auto size = static_cast<int64_t>(table_->columns.size());
    const auto at = key.as_int() < 0 ? key.as_int() + size : key.as_int();
    if (at < 0 || at >= size) return Value(Undefined{key.Text()});
    return table_->rows[row_][static_cast<size_t>(at)];
  }
  Result<Value> Attribute(const std::string& name) override {
    const auto found = std::ranges::find(table_->columns, name);
    if (found != table_->columns.end()) return table_->rows[row_][static_cast<size_t>(found - table_->columns.begin())];
    if (name == "values") return Giving(name, Value::OfList(table_->rows[row_]));
    if (name == "keys") return Giving(name, Names());
    return Value(Undefined{name});
  }
  std::string Text() const override { return Value::OfTuple(table_->rows[row_]).Text(); }

 private:
  Value Names() const {
    std::vector<Value> names(table_->columns.begin(), table_->columns.end());
    return Value::OfList(std::move(names));
  }

  RowsPtr table_;
  size_t row_;
};

class ResultColumnObject final : public jinja::Object {
 public:
  ResultColumnObject(RowsPtr table, size_t column) : table_(std::move(table)), column_(column) {}
  std::string TypeName() const override { return "column"; }
  Result<std::vector<Value>> Items() const override { return Values(); }
  Result<Value> Item(const Value& key) override {
    if (!key.is_int()) return Attribute(key.Text());
    const auto values = Values();
    if (key.as_int() < 0 || key.as_int() >= static_cast<int64_t>(values.size())) return Value(Undefined{key.Text()});
    return values[static_cast<size_t>(key.as_int())];
  }
  Result<Value> Attribute(const std::string& name) override {
    if (name == "name") return Value(table_->columns[column_]);
    if (name == "values") return Giving(name, Value::OfList(Values()));
    return Value(Undefined{name});
  }

 private:
  std::vector<Value> Values() const {
    std::vector<Value> values;
    for (const auto& row : table_->rows) values.push_back(row[column_]);
    return values;
  }

  RowsPtr table_;
  size_t column_;
};

class TableObject final : public jinja::Object {
 public:
  explicit TableObject(RowsPtr table) : table_(std::move(table)) {}
  std::string TypeName() const override { return "table"; }
  Result<std::vector<Value>> Items() const override { return Rows(); }
  Result<Value> Item(const Value& key) override {
    if (!key.is_int()) return Attribute(key.Text());
    auto rows = Rows();
    if (key.as_int() < 0 || key.as_int() >= static_cast<int64_t>(rows.size())) return Value(Undefined{key.Text()});
    return rows[static_cast<size_t>(key.as_int())];
  }
  Result<Value> Attribute(const std::string& name) override {
    if (name == "rows") return Value::OfList(Rows());
    if (name == "columns" || name == "column_names") {
      std::vector<Value> columns;
      for (size_t i = 0; i < table_->columns.size(); ++i) {
        columns.push_back(name == "columns" ? Value(jinja::ObjectPtr(std::make_shared<ResultColumnObject>(table_, i)))
                                            : Value(table_->columns[i]));
      }
      return Value::OfList(std::move(columns));
    }
    return Fail(ErrorCode::kUnsupported, "not supported: " + name + " of a query's result");
  }

 private:
  std::vector<Value> Rows() const {
    std::vector<Value> rows;
    for (size_t i = 0; i < table_->rows.size(); ++i) {
      rows.emplace_back(jinja::ObjectPtr(std::make_shared<RowObject>(table_, i)));
    }
    return rows;
  }

  RowsPtr table_;
};

/// The parts between the quotes of "a"."b"."c", or of a.b.c.
std::vector<std::string> PartsOf(const std::string& text) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

Result<Value> RelationObject::Attribute(const std::string& name) {
  if (name == "database") return Value(relation_.domain);
  if (name == "schema") return Value(relation_.layer);
  if (name == "identifier" || name == "name" || name == "table") return Value(relation_.table);
  if (name == "is_cte") return Value(relation_.ephemeral);
  if (name == "render") return Giving(name, Value(relation_.ToSql()));
  if (name == "include" || name == "quote") {
    return Fail(ErrorCode::kUnsupported, "not supported: " + name + "() of a relation; its name has three parts");
  }
  return Value(Undefined{name});
}

Value RelationValue(Relation relation) {
  return jinja::ObjectPtr(std::make_shared<RelationObject>(std::move(relation)));
}

Result<Relation> RelationOf(const Value& value) {
  if (value.is_object()) {
    if (const auto* object = dynamic_cast<const RelationObject*>(value.object_ptr().get())) return object->relation();
  }
  const auto parts = PartsOf(value.Text());
  if (!value.is_string() || parts.size() != 3) {
    return Fail(ErrorCode::kInvalidArgument, "this is no relation: " + value.Repr());
  }
  return Relation{parts[0], parts[1], parts[2], false};
}

Value ColumnValue(const ColumnInfo& column) { return jinja::ObjectPtr(std::make_shared<ColumnObject>(column)); }

Value TableValue(std::shared_ptr<const QueryRows> rows) {
  return jinja::ObjectPtr(std::make_shared<TableObject>(std::move(rows)));
}

}  // namespace tarn::dbt
