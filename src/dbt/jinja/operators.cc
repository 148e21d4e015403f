// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

constexpr size_t kMaxRepeatedBytes = 16U << 20;

std::unexpected<Error> Unfit(const std::string& sign, const Value& left, const Value& right) {
  return Fail(ErrorCode::kInvalidArgument,
              "these cannot be combined by " + sign + ": " + left.TypeName() + " and " + right.TypeName());
}

/// An operation on integers that may leave their range.
template <class Operation>
Result<Value> Whole(const Value& left, const Value& right, Operation operation) {
  int64_t result = 0;
  if (operation(left.as_int(), right.as_int(), &result)) {
    return Fail(ErrorCode::kInvalidArgument, "a number is out of range");
  }
  return Value(result);
}

Result<Value> Power(const Value& left, const Value& right) {
  const double result = std::pow(left.as_float(), right.as_float());
  const bool whole = !left.is_float() && !right.is_float() && right.as_int() >= 0 && std::fabs(result) < 9e15;
  return whole ? Value(static_cast<int64_t>(std::llround(result))) : Value(result);
}

Result<Value> Divide(const std::string& sign, const Value& left, const Value& right) {
  if (right.as_float() == 0) return Fail(ErrorCode::kInvalidArgument, "division by zero");
  if (sign == "/") return Value(left.as_float() / right.as_float());
  const double quotient = std::floor(left.as_float() / right.as_float());
  if (left.is_float() || right.is_float()) {
    return Value(sign == "//" ? quotient : left.as_float() - quotient * right.as_float());
  }
  const int64_t a = left.as_int();
  const int64_t b = right.as_int();
  if (b == -1)
    return sign == "//"
               ? Whole(Value(int64_t{0}), left, [](auto x, auto y, auto* r) { return __builtin_sub_overflow(x, y, r); })
               : Value(int64_t{0});
  const int64_t rest = ((a % b) + b) % b;
  return sign == "//" ? Value((a - rest) / b) : Value(rest);
}

Result<Value> Calculate(const std::string& sign, const Value& left, const Value& right) {
  const bool floats = left.is_float() || right.is_float();
  if (sign == "/" || sign == "//" || sign == "%") return Divide(sign, left, right);
  if (sign == "**") return Power(left, right);
  if (sign == "+") {
    if (floats) return Value(left.as_float() + right.as_float());
    return Whole(left, right, [](auto x, auto y, auto* r) { return __builtin_add_overflow(x, y, r); });
  }
  if (sign == "-") {
    if (floats) return Value(left.as_float() - right.as_float());
    return Whole(left, right, [](auto x, auto y, auto* r) { return __builtin_sub_overflow(x, y, r); });
  }
  if (floats) return Value(left.as_float() * right.as_float());
  return Whole(left, right, [](auto x, auto y, auto* r) { return __builtin_mul_overflow(x, y, r); });
}

Result<Value> Repeat(const Value& of, int64_t times) {
  const auto count = static_cast<size_t>(std::max<int64_t>(times, 0));
  const auto size = of.is_string() ? of.as_string().size() : of.as_list().items.size();
  if (size > 0 && count > kMaxRepeatedBytes / size) return Fail(ErrorCode::kInvalidArgument, "the result is too large");
  if (of.is_string()) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += of.as_string();
    return Value(std::move(text));
  }
  std::vector<Value> items;
  for (size_t i = 0; i < count; ++i) items.insert(items.end(), of.as_list().items.begin(), of.as_list().items.end());
  return Value::OfList(std::move(items));
}

Result<Value> Combine(const std::string& sign, const Value& left, const Value& right) {
  if (sign == "%" && left.is_string()) {
    auto values = right.is_list() && right.as_list().is_tuple ? right.as_list().items : std::vector<Value>{right};
    TARN_ASSIGN(auto text, PercentFormat(left.as_string(), values));
    return Value(std::move(text));
  }
  if (left.is_number() && right.is_number()) return Calculate(sign, left, right);
  if (sign == "+" && left.is_string() && right.is_string()) return Value(left.as_string() + right.as_string());
  if (sign == "+" && left.is_list() && right.is_list()) {
    auto items = left.as_list().items;
    items.insert(items.end(), right.as_list().items.begin(), right.as_list().items.end());
    return left.as_list().is_tuple ? Value::OfTuple(std::move(items)) : Value::OfList(std::move(items));
  }
  const bool repeats_left = left.is_string() || left.is_list();
  const bool repeats_right = right.is_string() || right.is_list();
  if (sign == "*" && repeats_left && right.is_int()) return Repeat(left, right.as_int());
  if (sign == "*" && left.is_int() && repeats_right) return Repeat(right, left.as_int());
  if (left.is_undefined() || right.is_undefined()) {
    return Fail(ErrorCode::kInvalidArgument,
                "this is undefined: " + (left.is_undefined() ? left.missing_name() : right.missing_name()));
  }
  return Unfit(sign, left, right);
}

Result<bool> Contains(const Value& what, const Value& in) {
  if (in.is_string()) {
    if (!what.is_string()) return Unfit("in", what, in);
    return in.as_string().find(what.as_string()) != std::string::npos;
  }
  if (in.is_dict()) return in.as_dict().Find(what) != nullptr;
  TARN_ASSIGN(const auto items, ItemsOf(in));
  return std::ranges::find(items, what) != items.end();
}

}  // namespace

Result<Value> Operate(const std::string& sign, const Value& left, const Value& right) {
  if (sign == "~") return Value(left.Text() + right.Text());
  if (sign == "==") return Value(left == right);
  if (sign == "!=") return Value(!(left == right));
  if (sign == "in" || sign == "not in") {
    TARN_ASSIGN(const bool contained, Contains(left, right));
    return Value(contained == (sign == "in"));
  }
  if (sign == "<" || sign == "<=" || sign == ">" || sign == ">=") {
    TARN_ASSIGN(const int order, Compare(left, right));
    if (sign == "<") return Value(order < 0);
    if (sign == "<=") return Value(order <= 0);
    return Value(sign == ">" ? order > 0 : order >= 0);
  }
  return Combine(sign, left, right);
}

Result<Value> ItemOf(const Value& value, const Value& key) {
  if (value.is_dict()) {
    const auto* found = value.as_dict().Find(key);
    return found != nullptr ? *found : Value(Undefined{key.Text()});
  }
  if (value.is_object()) return value.as_object().Item(key);
  if (value.is_undefined()) return Fail(ErrorCode::kInvalidArgument, "this is undefined: " + value.missing_name());
  if (!value.is_list() && !value.is_string()) {
    return Fail(ErrorCode::kInvalidArgument, "this has no items: " + value.TypeName());
  }
  if (!key.is_int()) return Value(Undefined{key.Text()});
  TARN_ASSIGN(const auto items, ItemsOf(value));
  const auto size = static_cast<int64_t>(items.size());
  const auto index = key.as_int() < 0 ? key.as_int() + size : key.as_int();
  if (index < 0 || index >= size) return Value(Undefined{"[" + key.Text() + "]"});
  return items[static_cast<size_t>(index)];
}

Result<Value> SliceOf(const Value& value, const Slice& slice) {
  if (slice.step == 0) return Fail(ErrorCode::kInvalidArgument, "the step of a slice is 0");
  TARN_ASSIGN(const auto items, ItemsOf(value));
  const auto size = static_cast<int64_t>(items.size());
  const bool forward = slice.step > 0;
  const auto lowest = forward ? 0 : -1;
  const auto highest = forward ? size : size - 1;
  const auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + size : at, lowest, highest); };
  const auto from = slice.from ? place(*slice.from) : forward ? 0 : size - 1;
  const auto to = slice.to ? place(*slice.to) : forward ? size : -1;
  std::vector<Value> kept;
  for (auto at = from; forward ? at < to : at > to;) {
    kept.push_back(items[static_cast<size_t>(at)]);
    if (slice.step > size || slice.step < -size) break;
    at += slice.step;
  }
  if (value.is_string()) {
    std::string text;
    for (const auto& character : kept) text += character.as_string();
    return Value(std::move(text));
  }
  const bool is_tuple = value.is_list() && value.as_list().is_tuple;
  return is_tuple ? Value::OfTuple(std::move(kept)) : Value::OfList(std::move(kept));
}

}  // namespace tarn::dbt::jinja
