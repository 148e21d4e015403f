// SPDX-License-Identifier: Apache-2.0
// Functions of templates that know the project.
#include "dbt/jinja/json_value.h"
#include "dbt/relation_object.h"
#include "dbt/render_context.h"
#include "dbt/sql_text.h"

namespace tarn::dbt {
namespace {

using jinja::Arguments;
using jinja::Interpreter;
using jinja::Value;

Result<std::string> TextAt(const Arguments& arguments, size_t at, std::string_view name) {
  const auto* value = arguments.Find(at, name);
  if (value == nullptr || !value->is_string()) {
    return Fail(ErrorCode::kInvalidArgument, "this argument must be a string: " + std::string(name));
  }
  return value->as_string();
}

Result<Value> Ref(RenderContext& context, Interpreter&, const Arguments& arguments) {
  if (!arguments.named.empty()) return Fail(ErrorCode::kUnsupported, "not supported: versions of models in ref()");
  const auto count = arguments.positional.size();
  if (count != 1 && count != 2) return Fail(ErrorCode::kInvalidArgument, "ref takes one or two names");
  Reference reference;
  if (count == 2) {
    TARN_ASSIGN(reference.package, TextAt(arguments, 0, "package"));
  }
  TARN_ASSIGN(reference.name, TextAt(arguments, count - 1, "model"));
  if (auto* parsed = context.parsed()) {
    parsed->refs.insert(reference);
    return RelationValue({context.needs().settings.domain, "gold", reference.name, false});
  }
  const auto* node = context.needs().project.FindReferenced(reference);
  if (node == nullptr) {
    const bool disabled = context.needs().project.disabled.contains(reference.name);
    return Fail(
        ErrorCode::kInvalidArgument,
        (disabled ? "this model or seed is disabled: " : "there is no model or seed of this name: ") + reference.name);
  }
  return RelationValue(node->relation);
}

Result<Value> Source(RenderContext& context, Interpreter&, const Arguments& arguments) {
  Reference reference;
  TARN_ASSIGN(reference.package, TextAt(arguments, 0, "source_name"));
  TARN_ASSIGN(reference.name, TextAt(arguments, 1, "table_name"));
  if (auto* parsed = context.parsed()) {
    parsed->sources.insert(reference);
    return RelationValue({context.needs().settings.domain, "silver", reference.name, false});
  }
  const auto* node = context.needs().project.FindSource(reference);
  if (node == nullptr) {
    return Fail(ErrorCode::kInvalidArgument,
                "there is no source of this name: " + reference.package + "." + reference.name);
  }
  return RelationValue(node->relation);
}

Result<Value> EnvVar(RenderContext& context, Interpreter&, const Arguments& arguments) {
  TARN_ASSIGN(const auto name, TextAt(arguments, 0, "var"));
  if (name.starts_with("DBT_ENV_SECRET")) {
    return Fail(ErrorCode::kUnsupported, "not supported: secrets in a project's SQL: " + name);
  }
  if (auto value = context.needs().settings.environment(name)) return Value(std::move(*value));
  const auto* fallback = arguments.Find(1, "default");
  if (fallback != nullptr) return Value(fallback->Text());
  return Fail(ErrorCode::kInvalidArgument, "the environment has no variable " + name);
}

Result<Value> IsIncremental(RenderContext& context, Interpreter&, const Arguments&) {
  return Value(context.executes() && context.incremental());
}

Result<Value> RunQuery(RenderContext& context, Interpreter&, const Arguments& arguments) {
  TARN_ASSIGN(const auto sql, TextAt(arguments, 0, "sql"));
  if (!context.executes() || context.warehouse() == nullptr) return Value();
  TARN_ASSIGN(auto rows, context.warehouse()->Query(BareStatement(sql)));
  return TableValue(std::make_shared<const QueryRows>(std::move(rows)));
}

/// {% call statement('name', fetch_result=True) %} SELECT … {% endcall %}
Result<Value> StatementCall(RenderContext& context, Interpreter& interpreter, const Arguments& arguments) {
  const auto* name = arguments.Find(0, "name");
  const auto* caller = arguments.Find(SIZE_MAX, "caller");
  if (caller == nullptr) return Fail(ErrorCode::kUnsupported, "not supported: statement() without {% call %}");
  TARN_ASSIGN(const auto sql, interpreter.Call(*caller, {}));
  if (!context.executes() || context.warehouse() == nullptr || name == nullptr) return Value("");
  TARN_ASSIGN(auto rows, context.warehouse()->Query(BareStatement(sql.Text())));
  std::vector<Value> data;
  for (const auto& row : rows.rows) data.push_back(Value::OfTuple(row));
  auto table = TableValue(std::make_shared<const QueryRows>(std::move(rows)));
  context.results()[name->Text()] =
      Value::OfDict({{Value("table"), std::move(table)}, {Value("data"), Value::OfList(std::move(data))}});
  return Value("");
}

Result<Value> LoadResult(RenderContext& context, Interpreter&, const Arguments& arguments) {
  TARN_ASSIGN(const auto name, TextAt(arguments, 0, "name"));
  const auto found = context.results().find(name);
  return found == context.results().end() ? Value() : found->second;
}

Result<Value> Log(RenderContext& context, Interpreter&, const Arguments& arguments) {
  const auto* text = arguments.Find(0, "msg");
  const auto* info = arguments.Find(1, "info");
  if (text != nullptr && info != nullptr && info->Truth() && context.executes()) {
    context.needs().settings.say(text->Text());
  }
  return Value("");
}

Result<Value> Print(RenderContext& context, Interpreter&, const Arguments& arguments) {
  const auto* text = arguments.Find(0, "msg");
  if (text != nullptr && context.executes()) context.needs().settings.say(text->Text());
  return Value("");
}

Result<Value> Doc(RenderContext&, Interpreter&, const Arguments&) { return Value(""); }

}  // namespace

const std::map<std::string_view, ContextFunction>& ProjectFunctions() {
  static const std::map<std::string_view, ContextFunction> kFunctions{
      {"ref", Ref},
      {"source", Source},
      {"env_var", EnvVar},
      {"is_incremental", IsIncremental},
      {"run_query", RunQuery},
      {"statement", StatementCall},
      {"load_result", LoadResult},
      {"log", Log},
      {"print", Print},
      {"doc", Doc},
  };
  return kFunctions;
}

}  // namespace tarn::dbt
