// SPDX-License-Identifier: Apache-2.0
// Objects of templates that know the project: config, var, target, this, adapter, exceptions, flags, model.
#include "dbt/jinja/json_value.h"
#include "dbt/jinja/loop_object.h"
#include "dbt/relation_object.h"
#include "dbt/render_context.h"
#include "dbt/sql_text.h"
#include "dbt/time_object.h"

namespace tarn::dbt {
namespace {

using jinja::Arguments;
using jinja::Interpreter;
using jinja::ObjectPtr;
using jinja::Undefined;
using jinja::Value;

template <class Callable>
Result<Value> Method(const std::string& name, Callable callable) {
  return jinja::Function(name, std::move(callable));
}

std::string FirstText(const Arguments& arguments, std::string_view name) {
  const auto* value = arguments.Find(0, name);
  return value == nullptr ? std::string() : value->Text();
}

/// {{ config(key=value) }}, config.get, config.require.
class ConfigObject final : public jinja::Object {
 public:
  explicit ConfigObject(RenderContext& context) : context_(context) {}
  std::string TypeName() const override { return "config"; }
  bool is_callable() const override { return true; }

  Result<Value> Call(Interpreter&, const Arguments& arguments) override {
    auto given = codec::OrderedJson::object();
    for (const auto& [key, value] : arguments.named) {
      TARN_ASSIGN(given[key], jinja::JsonOf(value));
    }
    for (const auto& dict : arguments.positional) {
      TARN_ASSIGN(const auto more, jinja::JsonOf(dict));
      if (!more.is_object()) return Fail(ErrorCode::kInvalidArgument, "config takes settings by name, or a dict");
      given.update(more);
    }
    MergeSettings(context_.own_config(), given);
    return Value("");
  }

  Result<Value> Attribute(const std::string& name) override {
    if (name == "persist_relation_docs" || name == "persist_column_docs") {
      return Method(name, [](Interpreter&, const Arguments&) -> Result<Value> { return Value(false); });
    }
    if (name != "get" && name != "require") return Fail(ErrorCode::kUnsupported, "not supported: config." + name);
    return Method("config." + name, [this, name](Interpreter&, const Arguments& arguments) -> Result<Value> {
      const auto key = FirstText(arguments, "name");
      if (const auto own = context_.own_config().find(key); own != context_.own_config().end()) {
        return jinja::ValueOf(*own);
      }
      if (const auto* node = context_.node()) {
        const auto found = node->config.find(key);
        if (found != node->config.end() && !found->is_null()) return jinja::ValueOf(*found);
      }
      const auto* fallback = arguments.Find(1, "default");
      if (fallback != nullptr) return *fallback;
      if (name == "require" && context_.executes()) {
        return Fail(ErrorCode::kInvalidArgument, "the node has no setting " + key);
      }
      return Value();
    });
  }

 private:
  RenderContext& context_;
};

/// {{ var('name', default) }}, var.has_var.
class VarObject final : public jinja::Object {
 public:
  explicit VarObject(RenderContext& context) : context_(context) {}
  std::string TypeName() const override { return "var"; }
  bool is_callable() const override { return true; }

  Result<Value> Call(Interpreter&, const Arguments& arguments) override {
    const auto name = FirstText(arguments, "name");
    if (const auto found = FindVariable(context_.needs(), Package(), name)) return jinja::ValueOf(*found);
    const auto* fallback = arguments.Find(1, "default");
    if (fallback != nullptr) return *fallback;
    return Fail(ErrorCode::kInvalidArgument, "no value is given for the variable " + name + "; use --vars or vars:");
  }

  Result<Value> Attribute(const std::string& name) override {
    if (name != "has_var") return Value(Undefined{name});
    return Method(name, [this](Interpreter&, const Arguments& arguments) -> Result<Value> {
      return Value(FindVariable(context_.needs(), Package(), FirstText(arguments, "name")).has_value());
    });
  }

 private:
  std::string Package() const { return context_.node() ? context_.node()->package : context_.needs().project.name; }

  RenderContext& context_;
};

class ExceptionsObject final : public jinja::Object {
 public:
  explicit ExceptionsObject(RenderContext& context) : context_(context) {}
  std::string TypeName() const override { return "exceptions"; }
  Result<Value> Attribute(const std::string& name) override {
    if (name == "raise_compiler_error") {
      return Method(name, [](Interpreter&, const Arguments& arguments) -> Result<Value> {
        return Fail(ErrorCode::kInvalidArgument, FirstText(arguments, "msg"));
      });
    }
    if (name == "warn") {
      return Method(name, [this](Interpreter&, const Arguments& arguments) -> Result<Value> {
        if (context_.executes()) context_.needs().settings.say("warning: " + FirstText(arguments, "msg"));
        return Value("");
      });
    }
    return Fail(ErrorCode::kUnsupported, "not supported: exceptions." + name);
  }

 private:
  RenderContext& context_;
};

class AdapterObject final : public jinja::Object {
 public:
  explicit AdapterObject(RenderContext& context) : context_(context) {}
  std::string TypeName() const override { return "adapter"; }

  Result<Value> Attribute(const std::string& name) override {
    if (name == "dispatch") {
      return Method(name, [this](Interpreter&, const Arguments& arguments) { return Dispatch(arguments); });
    }
    if (name == "quote") {
      return Method(name, [](Interpreter&, const Arguments& arguments) -> Result<Value> {
        return Value(QuotedName(FirstText(arguments, "identifier")));
      });
    }
    if (name == "type") {
      return Method(name, [](Interpreter&, const Arguments&) -> Result<Value> { return Value("duckdb"); });
    }
    if (name == "get_columns_in_relation") {
      return Method(name, [this](Interpreter&, const Arguments& arguments) { return Columns(arguments); });
    }
    if (name == "get_relation") {
      return Method(name, [this](Interpreter&, const Arguments& arguments) { return Find(arguments); });
    }
    return Fail(ErrorCode::kUnsupported, "not supported: adapter." + name);
  }

 private:
  Result<Value> Dispatch(const Arguments& arguments) {
    const auto macro = FirstText(arguments, "macro_name");
    const auto* package = arguments.Find(1, "macro_namespace");
    const auto place = package == nullptr || package->is_none() ? std::string("dbt") : package->Text();
    const auto found = context_.needs().macros.Dispatch(macro, place);
    if (!found) {
      return Fail(ErrorCode::kInvalidArgument,
                  "there is no duckdb__" + macro + " or default__" + macro + " in " + place + " or the project");
    }
    return Value(ObjectPtr(std::make_shared<jinja::MacroObject>(found)));
  }

  Result<Value> Columns(const Arguments& arguments) {
    std::vector<Value> columns;
    if (!context_.executes() || context_.warehouse() == nullptr) return Value::OfList(std::move(columns));
    const auto* given = arguments.Find(0, "relation");
    if (given == nullptr) return Fail(ErrorCode::kInvalidArgument, "a relation is needed");
    TARN_ASSIGN(const auto relation, RelationOf(*given));
    TARN_ASSIGN(const auto found, context_.warehouse()->ColumnsOf(relation));
    if (found) {
      for (const auto& column : *found) columns.push_back(ColumnValue(column));
    }
    return Value::OfList(std::move(columns));
  }

  Result<Value> Find(const Arguments& arguments) {
    if (!context_.executes() || context_.warehouse() == nullptr) return Value();
    const auto text = [&](size_t at, std::string_view name) {
      const auto* value = arguments.Find(at, name);
      return value == nullptr ? std::string() : value->Text();
    };
    const Relation relation{text(0, "database"), text(1, "schema"), text(2, "identifier"), false};
    TARN_ASSIGN(const auto found, context_.warehouse()->ColumnsOf(relation));
    return found ? RelationValue(relation) : Value();
  }

  RenderContext& context_;
};

/// api.Relation.create(database=…, schema=…, identifier=…).
Value Api() {
  auto create = jinja::Function("create", [](Interpreter&, const Arguments& arguments) -> Result<Value> {
    const auto text = [&](size_t at, std::string_view name) {
      const auto* value = arguments.Find(at, name);
      return value == nullptr ? std::string() : value->Text();
    };
    return RelationValue({text(0, "database"), text(1, "schema"), text(2, "identifier"), false});
  });
  return Value::OfDict({{Value("Relation"), Value::OfDict({{Value("create"), std::move(create)}})}});
}

Value Target(const Settings& settings) {
  return Value::OfDict({{Value("name"), Value(settings.target_name)},
                        {Value("type"), Value("duckdb")},
                        {Value("database"), Value(settings.domain)},
                        {Value("schema"), Value(settings.domain)},
                        {Value("profile_name"), Value("tarn")},
                        {Value("threads"), Value(int64_t{1})}});
}

Value Model(const Node* node) {
  if (node == nullptr) return Value(Undefined{"model"});
  std::vector<Value> fqn(node->fqn.begin(), node->fqn.end());
  return Value::OfDict({{Value("unique_id"), Value(node->unique_id)},
                        {Value("name"), Value(node->name)},
                        {Value("alias"), Value(node->relation.table)},
                        {Value("database"), Value(node->relation.domain)},
                        {Value("schema"), Value(node->relation.layer)},
                        {Value("resource_type"), Value(NodeKindName(node->kind))},
                        {Value("package_name"), Value(node->package)},
                        {Value("path"), Value(node->path)},
                        {Value("original_file_path"), Value(node->path)},
                        {Value("fqn"), Value::OfList(std::move(fqn))},
                        {Value("config"), jinja::ValueOf(node->config)},
                        {Value("meta"), jinja::ValueOf(node->meta)},
                        {Value("columns"), jinja::ValueOf(node->columns)},
                        {Value("description"), Value(node->description)}});
}

Value Flags(const Settings& settings) {
  return Value::OfDict({{Value("FULL_REFRESH"), Value(settings.full_refresh)},
                        {Value("WHICH"), Value(settings.command)},
                        {Value("STORE_FAILURES"), Value(false)}});
}

Result<Value> PlainValue(RenderContext& context, const std::string& name) {
  const auto& settings = context.needs().settings;
  if (name == "execute") return Value(context.executes());
  if (name == "project_name") return Value(context.needs().project.name);
  if (name == "schema" || name == "database") return Value(settings.domain);
  if (name == "invocation_id") return Value(settings.invocation_id);
  if (name == "dbt_version") return Value(kDbtVersion);
  if (name == "run_started_at") return Value(ObjectPtr(std::make_shared<TimeObject>(settings.started_at)));
  return Value(Undefined{name});
}

}  // namespace

Result<Value> ProjectObject(RenderContext& context, const std::string& name) {
  if (name == "config") return Value(ObjectPtr(std::make_shared<ConfigObject>(context)));
  if (name == "var") return Value(ObjectPtr(std::make_shared<VarObject>(context)));
  if (name == "exceptions") return Value(ObjectPtr(std::make_shared<ExceptionsObject>(context)));
  if (name == "adapter") return Value(ObjectPtr(std::make_shared<AdapterObject>(context)));
  if (name == "api") return Api();
  if (name == "target") return Target(context.needs().settings);
  if (name == "flags") return Flags(context.needs().settings);
  if (name == "model") return Model(context.node());
  if (name == "this") {
    if (context.node() == nullptr) return Value(Undefined{name});
    auto relation = context.node()->relation;
    relation.ephemeral = false;
    return RelationValue(std::move(relation));
  }
  return PlainValue(context, name);
}

}  // namespace tarn::dbt
