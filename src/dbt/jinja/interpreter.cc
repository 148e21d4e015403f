// SPDX-License-Identifier: Apache-2.0
// Statements and calls.
#include "dbt/jinja/interpreter.h"

#include <algorithm>

#include "dbt/jinja/filters.h"
#include "dbt/jinja/loop_object.h"

namespace tarn::dbt::jinja {
namespace {

constexpr std::string_view kPlaced = "in a template";

/// The body of a {% call %} as caller().
class CallerObject final : public Object {
 public:
  CallerObject(const Statement& statement, FramePtr scope) : statement_(statement), scope_(std::move(scope)) {}
  std::string TypeName() const override { return "caller"; }
  bool is_callable() const override { return true; }
  Result<Value> Call(Interpreter& interpreter, const Arguments& arguments) override {
    auto frame = std::make_shared<Frame>();
    frame->parent = scope_;
    for (size_t i = 0; i < statement_.parameters.size(); ++i) {
      const auto& name = statement_.parameters[i].name;
      const auto* value = arguments.Find(i, name);
      if (value == nullptr) return Fail(ErrorCode::kInvalidArgument, "caller() lacks an argument: " + name);
      frame->names[name] = *value;
    }
    TARN_ASSIGN(auto text, interpreter.RenderBody(statement_.body, frame));
    return Value(std::move(text));
  }

 private:
  const Statement& statement_;
  FramePtr scope_;
};

}  // namespace

/// Where the interpreter was before it entered another file, scope or macro; goes back at the end.
class Interpreter::Entered {
 public:
  Entered(Interpreter& interpreter, Place place, FramePtr frame)
      : interpreter_(interpreter),
        place_(std::exchange(interpreter.place_, std::move(place))),
        frame_(std::exchange(interpreter.frame_, std::move(frame))),
        line_(interpreter.line_) {
    ++interpreter.depth_;
  }
  ~Entered() {
    interpreter_.place_ = std::move(place_);
    interpreter_.frame_ = std::move(frame_);
    interpreter_.line_ = line_;
    --interpreter_.depth_;
  }

 private:
  Interpreter& interpreter_;
  Place place_;
  FramePtr frame_;
  int line_;
};

Error Interpreter::Located(Error error, int line) const {
  if (error.context.empty()) {
    error.message = AtLine(place_.path, line, error.message);
    error.context = kPlaced;
  }
  return error;
}

Result<std::string> Interpreter::Render(const Template& source, const std::string& package) {
  const Entered entered(*this, {source.path, package}, std::make_shared<Frame>());
  auto outer = std::exchange(returned_, std::nullopt);
  std::string out;
  const auto ran = Run(source.body, out);
  returned_ = std::move(outer);
  TARN_TRY(ran);
  return out;
}

Result<Value> Interpreter::Evaluate(const Expression& expression, const std::string& path, const std::string& package) {
  const Entered entered(*this, {path, package}, std::make_shared<Frame>());
  return Eval(expression);
}

Result<std::string> Interpreter::RenderBody(const Body& body, const FramePtr& scope) {
  const Entered entered(*this, place_, scope);
  std::string out;
  TARN_TRY(Run(body, out));
  return out;
}

Result<Value> MacroObject::Attribute(const std::string& name) {
  if (name == "name") return Value(macro_->name);
  return Value(Undefined{name});
}

Result<Value> MacroObject::Call(Interpreter& interpreter, const Arguments& arguments) {
  return interpreter.CallMacro(*macro_, arguments, scope_);
}

Result<Value> Interpreter::Call(const Value& callee, const Arguments& arguments) {
  if (callee.is_undefined()) {
    return Fail(ErrorCode::kInvalidArgument, "there is no such macro or function: " + callee.missing_name());
  }
  if (!callee.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "this cannot be called: " + callee.TypeName());
  }
  const auto kept = callee.object_ptr();
  return kept->Call(*this, arguments);
}

Status Interpreter::Bind(const Macro& macro, const Arguments& arguments) {
  const auto& parameters = macro.parameters;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, fallback] = parameters[i];
    const auto* given = arguments.Find(i, name);
    if (given != nullptr) {
      frame_->names[name] = *given;
    } else if (fallback) {
      TARN_ASSIGN(frame_->names[name], Eval(*fallback));
    } else {
      frame_->names[name] = Value(Undefined{name});
    }
  }
  std::vector<Value> more;
  for (size_t i = parameters.size(); i < arguments.positional.size(); ++i) more.push_back(arguments.positional[i]);
  if (!more.empty() && !macro.takes_more_positional) {
    return Fail(ErrorCode::kInvalidArgument,
                "macro " + macro.name + " takes at most " + std::to_string(parameters.size()) + " arguments");
  }
  std::vector<std::pair<Value, Value>> named;
  for (const auto& [name, value] : arguments.named) {
    const auto known = std::ranges::find(parameters, name, &Parameter::name);
    if (known != parameters.end()) continue;
    if (name == "caller") {
      frame_->names[name] = value;
      continue;
    }
    if (!macro.takes_more_named) {
      return Fail(ErrorCode::kInvalidArgument, "macro " + macro.name + " has no parameter " + name);
    }
    named.emplace_back(Value(name), value);
  }
  if (macro.takes_more_positional) frame_->names["varargs"] = Value::OfTuple(std::move(more));
  if (macro.takes_more_named) frame_->names["kwargs"] = Value::OfDict(std::move(named));
  return {};
}

Result<Value> Interpreter::CallMacro(const Macro& macro, const Arguments& arguments, const FramePtr& scope) {
  if (depth_ >= kMaxCallDepth)
    return Fail(ErrorCode::kInvalidArgument, "macros call each other too deep: " + macro.name);
  auto frame = std::make_shared<Frame>();
  frame->parent = scope;
  const auto called_from =
      place_.path.empty() ? std::string() : "\n  called from " + place_.path + ":" + std::to_string(line_);
  const Entered entered(*this, {macro.path, macro.package}, std::move(frame));
  auto outer = std::exchange(returned_, std::nullopt);
  std::string out;
  auto ran = Located(Bind(macro, arguments), macro.line);
  if (ran) ran = Run(*macro.body, out);
  auto returned = std::exchange(returned_, std::move(outer));
  if (!ran) {
    auto error = std::move(ran).error();
    error.message += called_from;
    return std::unexpected<Error>(std::move(error));
  }
  if (returned) return std::move(*returned);
  return Value(std::move(out));
}

Status Interpreter::Run(const Body& body, std::string& out) {
  for (const auto& statement : body) {
    if (statement.kind == Statement::Kind::kText) {
      out += statement.text;
      continue;
    }
    line_ = statement.line;
    TARN_TRY(Located(RunOne(statement, out), statement.line));
    if (returned_) return {};
    if (out.size() > kMaxOutputBytes) {
      return Fail(Located({ErrorCode::kInvalidArgument, "the template makes too much text", {}}, statement.line));
    }
  }
  return {};
}

Status Interpreter::RunOne(const Statement& statement, std::string& out) {
  switch (statement.kind) {
    case Statement::Kind::kText:
      return {};
    case Statement::Kind::kPrint:
      return RunPrint(statement, out);
    case Statement::Kind::kSet:
    case Statement::Kind::kSetBlock:
      return RunSet(statement);
    case Statement::Kind::kIf:
      return RunIf(statement, out);
    case Statement::Kind::kFor:
      return RunFor(statement, out);
    case Statement::Kind::kMacro:
      frame_->names[statement.macro->name] = Value(ObjectPtr(std::make_shared<MacroObject>(statement.macro, frame_)));
      return {};
    case Statement::Kind::kCall:
      return RunCall(statement, out);
    case Statement::Kind::kFilterBlock:
      return RunFilterBlock(statement, out);
    case Statement::Kind::kDo:
      TARN_TRY(Eval(*statement.expression));
      return {};
  }
  return {};
}

Status Interpreter::RunPrint(const Statement& statement, std::string& out) {
  TARN_ASSIGN(const auto value, Eval(*statement.expression));
  if (value.is_undefined() && !returned_) {
    return Fail(ErrorCode::kInvalidArgument, "this is undefined: " + value.missing_name());
  }
  out += value.Text();
  return {};
}

Status Interpreter::AssignOne(const std::string& target, const Value& value) {
  const auto dot = target.find('.');
  if (dot == std::string::npos) {
    frame_->names[target] = value;
    return {};
  }
  Expression name;
  name.kind = Expression::Kind::kName;
  name.name = target.substr(0, dot);
  TARN_ASSIGN(const auto object, EvalName(name));
  if (object.is_object() && object.as_object().SetAttribute(target.substr(dot + 1), value)) return {};
  return Fail(ErrorCode::kInvalidArgument, "only attributes of a namespace() can be set: " + target);
}

Status Interpreter::Assign(const std::vector<std::string>& targets, const Value& value) {
  if (targets.size() == 1) return AssignOne(targets[0], value);
  TARN_ASSIGN(const auto items, ItemsOf(value));
  if (items.size() != targets.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                std::to_string(targets.size()) + " names cannot take " + std::to_string(items.size()) + " values");
  }
  for (size_t i = 0; i < targets.size(); ++i) TARN_TRY(AssignOne(targets[i], items[i]));
  return {};
}

Status Interpreter::RunSet(const Statement& statement) {
  if (statement.kind == Statement::Kind::kSet) {
    TARN_ASSIGN(const auto value, Eval(*statement.expression));
    return Assign(statement.targets, value);
  }
  auto inner = std::make_shared<Frame>();
  inner->parent = frame_;
  TARN_ASSIGN(auto text, RenderBody(statement.body, inner));
  return Assign(statement.targets, Value(std::move(text)));
}

Status Interpreter::RunIf(const Statement& statement, std::string& out) {
  for (const auto& branch : statement.branches) {
    if (branch.condition) {
      TARN_ASSIGN(const auto value, Located(Eval(*branch.condition), branch.condition->line));
      if (!value.Truth()) continue;
    }
    return Run(branch.body, out);
  }
  return {};
}

Result<std::vector<Value>> Interpreter::ItemsOfLoop(const Statement& statement) {
  TARN_ASSIGN(const auto sequence, Eval(*statement.expression));
  TARN_ASSIGN(auto items, ItemsOf(sequence));
  if (!statement.condition) return items;
  std::vector<Value> kept;
  for (auto& item : items) {
    TARN_TRY(Assign(statement.targets, item));
    TARN_ASSIGN(const auto holds, Eval(*statement.condition));
    if (holds.Truth()) kept.push_back(std::move(item));
  }
  return kept;
}

Status Interpreter::RunFor(const Statement& statement, std::string& out) {
  auto frame = std::make_shared<Frame>();
  frame->parent = frame_;
  const auto outer = std::exchange(frame_, frame);
  auto items = ItemsOfLoop(statement);
  Status ran;
  if (!items) {
    ran = std::unexpected<Error>(std::move(items).error());
  } else if (items->empty()) {
    if (!statement.branches.empty()) ran = Run(statement.branches[0].body, out);
  } else {
    ran = RunRounds(statement, *items, out);
  }
  frame_ = outer;
  return ran;
}

Status Interpreter::RunRounds(const Statement& statement, const std::vector<Value>& items, std::string& out) {
  const auto around = frame_;
  const auto loop = std::make_shared<LoopObject>(items);
  for (size_t i = 0; i < items.size() && !returned_; ++i) {
    if (++rounds_ > kMaxLoopRounds) return Fail(ErrorCode::kInvalidArgument, "loops go on for too long");
    frame_ = std::make_shared<Frame>();
    frame_->parent = around->parent;
    loop->MoveTo(i);
    frame_->names["loop"] = Value(ObjectPtr(loop));
    TARN_TRY(Assign(statement.targets, items[i]));
    TARN_TRY(Run(statement.body, out));
  }
  return {};
}

Status Interpreter::RunCall(const Statement& statement, std::string& out) {
  const auto caller = std::make_shared<CallerObject>(statement, frame_);
  TARN_ASSIGN(const auto value, EvalCall(*statement.expression, {{"caller", Value(ObjectPtr(caller))}}));
  out += value.Text();
  return {};
}

Status Interpreter::RunFilterBlock(const Statement& statement, std::string& out) {
  auto inner = std::make_shared<Frame>();
  inner->parent = frame_;
  TARN_ASSIGN(auto text, RenderBody(statement.body, inner));
  TARN_ASSIGN(const auto arguments, EvalArguments(*statement.expression));
  TARN_ASSIGN(const auto value, ApplyFilter(*this, statement.expression->name, Value(std::move(text)), arguments));
  out += value.Text();
  return {};
}

}  // namespace tarn::dbt::jinja
