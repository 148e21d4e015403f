// SPDX-License-Identifier: Apache-2.0
// Expressions.
#include <algorithm>

#include "dbt/jinja/filters.h"
#include "dbt/jinja/interpreter.h"
#include "dbt/jinja/methods.h"
#include "dbt/jinja/operators.h"

namespace tarn::dbt::jinja {

Result<Value> Interpreter::Eval(const Expression& expression) {
  using Kind = Expression::Kind;
  switch (expression.kind) {
    case Kind::kLiteral:
      return expression.literal;
    case Kind::kName:
      return EvalName(expression);
    case Kind::kList:
    case Kind::kTuple:
      return EvalSequence(expression);
    case Kind::kDict:
      return EvalDict(expression);
    case Kind::kAttribute:
      return EvalAttribute(expression);
    case Kind::kItem:
      return EvalItem(expression);
    case Kind::kSlice:
      return EvalSlice(expression);
    case Kind::kCall:
      return EvalCall(expression, {});
    case Kind::kFilter: {
      TARN_ASSIGN(const auto value, Eval(*expression.children[0]));
      TARN_ASSIGN(const auto arguments, EvalArguments(expression));
      return ApplyFilter(*this, expression.name, value, arguments);
    }
    case Kind::kTest:
      return EvalTest(expression);
    case Kind::kUnary:
      return EvalUnary(expression);
    case Kind::kBinary:
      return EvalBinary(expression);
    case Kind::kConditional:
      return EvalConditional(expression);
  }
  return Value();
}

Result<Value> Interpreter::EvalName(const Expression& expression) {
  for (auto frame = frame_; frame; frame = frame->parent) {
    const auto found = frame->names.find(expression.name);
    if (found != frame->names.end()) return found->second;
  }
  return context_.Find(expression.name, place_.package);
}

Result<Value> Interpreter::EvalSequence(const Expression& expression) {
  std::vector<Value> items;
  for (const auto& child : expression.children) {
    TARN_ASSIGN(auto item, Eval(*child));
    items.push_back(std::move(item));
  }
  const bool is_tuple = expression.kind == Expression::Kind::kTuple;
  return is_tuple ? Value::OfTuple(std::move(items)) : Value::OfList(std::move(items));
}

Result<Value> Interpreter::EvalDict(const Expression& expression) {
  std::vector<std::pair<Value, Value>> items;
  for (size_t i = 0; i + 1 < expression.children.size(); i += 2) {
    TARN_ASSIGN(auto key, Eval(*expression.children[i]));
    TARN_ASSIGN(auto value, Eval(*expression.children[i + 1]));
    items.emplace_back(std::move(key), std::move(value));
  }
  return Value::OfDict(std::move(items));
}

Result<Value> Interpreter::EvalAttribute(const Expression& expression) {
  TARN_ASSIGN(const auto value, Eval(*expression.children[0]));
  if (value.is_undefined()) return Fail(ErrorCode::kInvalidArgument, "this is undefined: " + value.missing_name());
  if (value.is_object()) return value.as_object().Attribute(expression.name);
  if (value.is_dict()) {
    const auto* found = value.as_dict().Find(Value(expression.name));
    if (found != nullptr) return *found;
  }
  return Value(Undefined{expression.name});
}

Result<Value> Interpreter::EvalItem(const Expression& expression) {
  TARN_ASSIGN(const auto value, Eval(*expression.children[0]));
  TARN_ASSIGN(const auto key, Eval(*expression.children[1]));
  return ItemOf(value, key);
}

Result<Value> Interpreter::EvalSlice(const Expression& expression) {
  TARN_ASSIGN(const auto value, Eval(*expression.children[0]));
  std::optional<int64_t> parts[3];
  for (size_t i = 0; i < 3; ++i) {
    const auto& child = expression.children[i + 1];
    if (!child) continue;
    TARN_ASSIGN(const auto part, Eval(*child));
    if (part.is_none()) continue;
    if (!part.is_int()) return Fail(ErrorCode::kInvalidArgument, "a slice needs whole numbers, not " + part.TypeName());
    parts[i] = part.as_int();
  }
  return SliceOf(value, {parts[0], parts[1], parts[2].value_or(1)});
}

Result<Arguments> Interpreter::EvalArguments(const Expression& expression) {
  Arguments arguments;
  for (const auto& argument : expression.arguments) {
    TARN_ASSIGN(auto value, Eval(*argument.value));
    if (argument.stars == 1) {
      TARN_ASSIGN(const auto items, ItemsOf(value));
      arguments.positional.insert(arguments.positional.end(), items.begin(), items.end());
    } else if (argument.stars == 2) {
      if (!value.is_dict()) return Fail(ErrorCode::kInvalidArgument, "** needs a dict, not " + value.TypeName());
      for (const auto& [key, item] : value.as_dict().items) arguments.named.emplace_back(key.Text(), item);
    } else if (!argument.name.empty()) {
      arguments.named.emplace_back(argument.name, std::move(value));
    } else {
      arguments.positional.push_back(std::move(value));
    }
  }
  return arguments;
}

Result<Value> Interpreter::EvalCall(const Expression& expression, std::vector<std::pair<std::string, Value>> more) {
  const auto& callee = *expression.children[0];
  TARN_ASSIGN(auto arguments, EvalArguments(expression));
  for (auto& argument : more) arguments.named.push_back(std::move(argument));
  line_ = expression.line;
  if (callee.kind == Expression::Kind::kAttribute) {
    TARN_ASSIGN(const auto self, Eval(*callee.children[0]));
    if (self.is_undefined()) return Fail(ErrorCode::kInvalidArgument, "this is undefined: " + self.missing_name());
    const auto* own = self.is_dict() ? self.as_dict().Find(Value(callee.name)) : nullptr;
    if (own != nullptr && own->is_object()) return Located(Call(*own, arguments), expression.line);
    if (self.is_string() || self.is_list() || self.is_dict()) {
      return Located(CallMethod(self, callee.name, arguments), expression.line);
    }
    if (!self.is_object()) {
      return Fail(ErrorCode::kInvalidArgument, self.TypeName() + " has no method " + callee.name);
    }
    const auto kept = self.object_ptr();
    TARN_ASSIGN(const auto method, kept->Attribute(callee.name));
    return Located(Call(method, arguments), expression.line);
  }
  TARN_ASSIGN(const auto called, Eval(callee));
  return Located(Call(called, arguments), expression.line);
}

Result<Value> Interpreter::EvalTest(const Expression& expression) {
  TARN_ASSIGN(const auto value, Eval(*expression.children[0]));
  TARN_ASSIGN(const auto arguments, EvalArguments(expression));
  TARN_ASSIGN(const bool holds, ApplyTest(expression.name, value, arguments));
  return Value(holds != expression.negated);
}

Result<Value> Interpreter::EvalBinary(const Expression& expression) {
  TARN_ASSIGN(auto left, Eval(*expression.children[0]));
  if (expression.name == "and" && !left.Truth()) return left;
  if (expression.name == "or" && left.Truth()) return left;
  TARN_ASSIGN(auto right, Eval(*expression.children[1]));
  if (expression.name == "and" || expression.name == "or") return right;
  return Operate(expression.name, left, right);
}

Result<Value> Interpreter::EvalUnary(const Expression& expression) {
  TARN_ASSIGN(auto value, Eval(*expression.children[0]));
  if (expression.name == "not") return Value(!value.Truth());
  if (!value.is_number()) return Fail(ErrorCode::kInvalidArgument, "this is no number: " + value.TypeName());
  if (expression.name == "+") return value;
  return Operate("-", Value(int64_t{0}), value);
}

Result<Value> Interpreter::EvalConditional(const Expression& expression) {
  TARN_ASSIGN(const auto condition, Eval(*expression.children[1]));
  if (condition.Truth()) return Eval(*expression.children[0]);
  if (!expression.children[2]) return Value("");
  return Eval(*expression.children[2]);
}

}  // namespace tarn::dbt::jinja
