// SPDX-License-Identifier: Apache-2.0
#pragma once
// Objects that templates always have: `loop` inside a for, and what namespace(), cycler() and joiner() make. Owned by
// the values that hold them; thread-compatible.

#include <string>
#include <utility>
#include <vector>

#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

class LoopObject final : public Object {
 public:
  explicit LoopObject(std::vector<Value> items) : items_(std::move(items)) {}
  void MoveTo(size_t at) { at_ = at; }
  std::string TypeName() const override { return "loop"; }
  Result<Value> Attribute(const std::string& name) override;

 private:
  std::vector<Value> items_;
  size_t at_ = 0;
};

class NamespaceObject final : public Object {
 public:
  explicit NamespaceObject(DictPtr names) : names_(std::move(names)) {}
  std::string TypeName() const override { return "namespace"; }
  Result<Value> Attribute(const std::string& name) override;
  bool SetAttribute(const std::string& name, const Value& value) override;

 private:
  DictPtr names_;
};

/// A function of C++ that templates may call.
template <class Callable>
class FunctionObject final : public Object {
 public:
  FunctionObject(std::string name, Callable callable) : name_(std::move(name)), callable_(std::move(callable)) {}
  std::string TypeName() const override { return "function " + name_; }
  bool is_callable() const override { return true; }
  Result<Value> Call(Interpreter& interpreter, const Arguments& arguments) override {
    return callable_(interpreter, arguments);
  }

 private:
  std::string name_;
  Callable callable_;
};

template <class Callable>
Value Function(std::string name, Callable callable) {
  return ObjectPtr(std::make_shared<FunctionObject<Callable>>(std::move(name), std::move(callable)));
}

}  // namespace tarn::dbt::jinja
