// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Jinja expression gives: the scalars of Python, lists, tuples and dicts that are shared by reference as there,
// and objects with attributes that may be called. Owned by whoever holds it; thread-compatible (lake.md §6.7).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace tarn::dbt::jinja {

class Interpreter;
class Value;

/// A name, attribute or item that does not exist; may be tested, defaulted and compared, but not printed.
struct Undefined {
  std::string name;
};
struct None {};

struct List;
struct Dict;
class Object;

using ListPtr = std::shared_ptr<List>;
using DictPtr = std::shared_ptr<Dict>;
using ObjectPtr = std::shared_ptr<Object>;

class Value {
 public:
  Value() : value_(None{}) {}
  Value(Undefined missing) : value_(std::move(missing)) {}     // NOLINT: what is there is a value
  Value(bool flag) : value_(flag) {}                           // NOLINT
  Value(int64_t number) : value_(number) {}                    // NOLINT
  Value(double number) : value_(number) {}                     // NOLINT
  Value(std::string text) : value_(std::move(text)) {}         // NOLINT
  Value(std::string_view text) : value_(std::string(text)) {}  // NOLINT
  Value(const char* text) : value_(std::string(text)) {}       // NOLINT
  Value(ListPtr list) : value_(std::move(list)) {}             // NOLINT
  Value(DictPtr dict) : value_(std::move(dict)) {}             // NOLINT
  Value(ObjectPtr object) : value_(std::move(object)) {}       // NOLINT

  static Value OfList(std::vector<Value> items);
  static Value OfTuple(std::vector<Value> items);
  static Value OfDict(std::vector<std::pair<Value, Value>> items);

  bool is_undefined() const { return std::holds_alternative<Undefined>(value_); }
  bool is_none() const { return std::holds_alternative<None>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<int64_t>(value_); }
  bool is_float() const { return std::holds_alternative<double>(value_); }
  bool is_number() const { return is_bool() || is_int() || is_float(); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_list() const { return std::holds_alternative<ListPtr>(value_); }
  bool is_dict() const { return std::holds_alternative<DictPtr>(value_); }
  bool is_object() const { return std::holds_alternative<ObjectPtr>(value_); }

  const std::string& missing_name() const { return std::get<Undefined>(value_).name; }
  bool as_bool() const { return std::get<bool>(value_); }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  List& as_list() const { return *std::get<ListPtr>(value_); }
  Dict& as_dict() const { return *std::get<DictPtr>(value_); }
  Object& as_object() const { return *std::get<ObjectPtr>(value_); }
  const ObjectPtr& object_ptr() const { return std::get<ObjectPtr>(value_); }
  int64_t as_int() const;   ///< of a number; booleans are 0 and 1
  double as_float() const;  ///< of a number

  /// Python's truth of the value.
  bool Truth() const;
  /// Python's name of its type: "str", "int", "NoneType" …
  std::string TypeName() const;
  /// Python's str(): what {{ }} prints; an undefined value is empty.
  std::string Text() const;
  /// Python's repr(): as inside a printed list.
  std::string Repr() const;

  /// Python's ==.
  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<Undefined, None, bool, int64_t, double, std::string, ListPtr, DictPtr, ObjectPtr> value_;
};

struct List {
  std::vector<Value> items;
  bool is_tuple = false;
};

/// Items in the order of their insertion.
struct Dict {
  std::vector<std::pair<Value, Value>> items;

  /// nullptr when there is none.
  const Value* Find(const Value& key) const;
  void Set(Value key, Value value);
};

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  /// The argument at a position or of a name; nullptr when it is not given.
  const Value* Find(size_t position, std::string_view name) const;
};

/// Something with attributes that may be called. Implementations are thread-compatible.
class Object {
 public:
  virtual ~Object() = default;
  virtual std::string TypeName() const = 0;
  /// Undefined when it has none of that name.
  virtual Result<Value> Attribute(const std::string& name) { return Value(Undefined{name}); }
  /// obj[key]; attributes unless said otherwise.
  virtual Result<Value> Item(const Value& key) { return Attribute(key.Text()); }
  /// obj.name = value by {% set obj.name = … %}; only namespaces can.
  virtual bool SetAttribute(const std::string&, const Value&) { return false; }
  virtual bool is_callable() const { return false; }
  virtual Result<Value> Call(Interpreter& interpreter, const Arguments& arguments);
  /// What {{ }} prints.
  virtual std::string Text() const { return "<" + TypeName() + ">"; }
  virtual bool Truth() const { return true; }
  /// What a for loop goes over; kInvalidArgument when it is no sequence.
  virtual Result<std::vector<Value>> Items() const;
};

/// Python's order of two numbers, strings, or lists; kInvalidArgument for others. Negative, 0 or positive.
Result<int> Compare(const Value& a, const Value& b);

/// What a for loop goes over: items of a list, keys of a dict, characters of a string.
Result<std::vector<Value>> ItemsOf(const Value& value);

/// A float as Python prints it: 1.0, 0.1, 1e+20.
std::string FloatText(double number);

}  // namespace tarn::dbt::jinja
