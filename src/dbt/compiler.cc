// SPDX-License-Identifier: Apache-2.0
#include "dbt/compiler.h"

#include <algorithm>

#include "dbt/jinja/json_value.h"
#include "dbt/jinja/parser.h"
#include "dbt/relation_object.h"
#include "dbt/sql_text.h"
#include "dbt/yaml_document.h"

namespace tarn::dbt {
namespace {

using codec::OrderedJson;
using jinja::Value;

/// ref('x'), source('a', 'b'), var('v') … without braces, as arguments of tests are written.
bool IsBareCall(const std::string& text) {
  if (!text.ends_with(')')) return false;
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"ref", "source", "var", "env_var"}, [&](auto name) {
        return text.starts_with(std::string(name) + "(") || text.starts_with(std::string(name) + " (");
      });
}

/// An argument of a test as a value: calls and {{ }} evaluated, all the way down.
Result<Value> ArgumentValue(RenderContext& context, const Node& test, const OrderedJson& written) {
  if (written.is_string()) {
    const auto text = written.get<std::string>();
    const auto& package = test.package;
    jinja::Interpreter interpreter(context);
    jinja::ExpressionPtr expression;
    if (IsBareCall(text)) {
      TARN_ASSIGN(expression, jinja::ParseExpression({test.path, package, text}));
    } else {
      TARN_ASSIGN(expression, jinja::ParseLoneExpression({test.path, package, text}));
    }
    if (expression) return interpreter.Evaluate(*expression, test.path, package);
    TARN_ASSIGN(const auto rendered, RenderString(context, test.path, text));
    return jinja::ValueOf(rendered);
  }
  if (written.is_array()) {
    std::vector<Value> items;
    for (const auto& item : written) {
      TARN_ASSIGN(auto value, ArgumentValue(context, test, item));
      items.push_back(std::move(value));
    }
    return Value::OfList(std::move(items));
  }
  if (written.is_object()) {
    std::vector<std::pair<Value, Value>> items;
    for (const auto& [key, item] : written.items()) {
      TARN_ASSIGN(auto value, ArgumentValue(context, test, item));
      items.emplace_back(Value(key), std::move(value));
    }
    return Value::OfDict(std::move(items));
  }
  return jinja::ValueOf(written);
}

/// The tested relation, only its rows of `where`.
Result<Value> TestedRelation(RenderContext& context, const Node& test) {
  const auto& project = context.needs().project;
  const auto* attached = project.Find(test.test.attached);
  if (attached == nullptr) return Fail(ErrorCode::kInvalidArgument, "what the test is written for is disabled");
  if (auto* parsed = context.parsed()) {
    auto& needed = attached->kind == NodeKind::kSource ? parsed->sources : parsed->refs;
    needed.insert(attached->kind == NodeKind::kSource ? Reference{attached->source_name, attached->name}
                                                      : Reference{"", attached->name});
  }
  const auto macro = context.needs().macros.Find("get_where_subquery", test.package);
  jinja::Interpreter interpreter(context);
  jinja::Arguments arguments;
  arguments.positional = {RelationValue(attached->relation)};
  TARN_ASSIGN(const auto relation, interpreter.CallMacro(*macro, arguments, nullptr));
  return relation;
}

Result<std::string> RenderGenericTest(RenderContext& context, const Node& test) {
  const auto name = "test_" + test.test.macro;
  const auto& macros = context.needs().macros;
  const auto macro =
      test.test.package.empty() ? macros.Find(name, test.package) : macros.FindIn(test.test.package, name);
  if (!macro) {
    return Fail(ErrorCode::kInvalidArgument,
                jinja::AtLine(test.path, test.line,
                              "there is no generic test of this name: " +
                                  (test.test.package.empty() ? "" : test.test.package + ".") + test.test.macro));
  }
  const auto where = test.config.find("where");
  if (where != test.config.end() && where->is_string()) {
    TARN_ASSIGN(context.own_config()["where"], RenderString(context, test.path, where->get<std::string>()));
  }
  jinja::Arguments arguments;
  TARN_ASSIGN(auto relation, TestedRelation(context, test));
  arguments.named.emplace_back("model", std::move(relation));
  for (const auto& [key, written] : test.test.arguments.items()) {
    TARN_ASSIGN(auto value, ArgumentValue(context, test, written));
    arguments.named.emplace_back(key, std::move(value));
  }
  jinja::Interpreter interpreter(context);
  auto rendered = interpreter.CallMacro(*macro, arguments, nullptr);
  if (!rendered) {
    auto error = std::move(rendered).error();
    error.message += "\n  for test " + test.name + " in " + test.path + ":" + std::to_string(test.line);
    return Fail(std::move(error));
  }
  return rendered->Text();
}

/// The error with the node's place, if it has none.
Error Prefixed(Error error, const Node& node) {
  const bool has_place = !error.context.empty() || error.message.starts_with(node.path);
  if (!has_place) error.message = jinja::AtLine(node.path, node.line, error.message);
  return error;
}

std::string TextOr(const OrderedJson& config, const char* key, const char* fallback) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return fallback;
  return found->is_string() ? found->get<std::string>() : codec::Dump(*found);
}

}  // namespace

Result<std::string> RenderCode(RenderContext& context, const Node& node) {
  if (node.kind == NodeKind::kTest && !node.test.macro.empty()) {
    auto rendered = RenderGenericTest(context, node);
    if (!rendered) return Fail(Prefixed(std::move(rendered).error(), node));
    return rendered;
  }
  TARN_ASSIGN(const auto parsed, jinja::ParseTemplate({node.path, node.package, node.raw_code}));
  jinja::Interpreter interpreter(context);
  return interpreter.Render(parsed, node.package);
}

Result<bool> Compiler::IsIncremental(const Node& node) {
  if (node.materialized() != "incremental" || warehouse_ == nullptr) return false;
  if (node.Flag("full_refresh", needs_.settings.full_refresh)) return false;
  TARN_ASSIGN(const auto columns, warehouse_->ColumnsOf(node.relation));
  return columns.has_value();
}

Status Compiler::AddEphemerals(const Node& node, std::vector<std::pair<std::string, std::string>>& tables) {
  for (const auto& id : node.depends_on) {
    const auto* needed = needs_.project.Find(id);
    if (needed == nullptr || !needed->relation.ephemeral) continue;
    const auto name = needed->relation.ToSql();
    if (std::ranges::find(tables, name, [](const auto& table) { return table.first; }) != tables.end()) continue;
    TARN_TRY(AddEphemerals(*needed, tables));
    auto& sql = ephemerals_[id];
    if (sql.empty()) {
      RenderContext context(needs_, needed, warehouse_);
      TARN_ASSIGN(sql, RenderCode(context, *needed));
    }
    tables.emplace_back(name, sql);
  }
  return {};
}

Result<Compiled> Compiler::Compile(const Node& node) {
  Compiled compiled;
  TARN_ASSIGN(compiled.incremental, IsIncremental(node));
  RenderContext context(needs_, &node, warehouse_);
  context.SetIncremental(compiled.incremental);
  TARN_ASSIGN(const auto sql, RenderCode(context, node));
  std::vector<std::pair<std::string, std::string>> tables;
  TARN_TRY(AddEphemerals(node, tables));
  compiled.sql = WithTables(tables, sql);
  compiled.config = node.config;
  MergeSettings(compiled.config, context.own_config());
  return compiled;
}

std::string TestStatement(const Compiled& compiled) {
  const auto calc = TextOr(compiled.config, "fail_calc", "count(*)");
  const auto limit = TextOr(compiled.config, "limit", "");
  return "select " + calc + " as failures, " + calc + " " + TextOr(compiled.config, "warn_if", "!= 0") +
         " as should_warn, " + calc + " " + TextOr(compiled.config, "error_if", "!= 0") + " as should_error\nfrom (\n" +
         BareStatement(compiled.sql) + "\n" + (limit.empty() ? "" : "limit " + limit + "\n") + ") dbt_internal_test";
}

}  // namespace tarn::dbt
