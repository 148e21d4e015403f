// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/loop_object.h"

namespace tarn::dbt::jinja {

Result<Value> LoopObject::Attribute(const std::string& name) {
  const auto at = static_cast<int64_t>(at_);
  const auto size = static_cast<int64_t>(items_.size());
  if (name == "index") return Value(at + 1);
  if (name == "index0") return Value(at);
  if (name == "revindex") return Value(size - at);
  if (name == "revindex0") return Value(size - at - 1);
  if (name == "first") return Value(at == 0);
  if (name == "last") return Value(at + 1 == size);
  if (name == "length") return Value(size);
  if (name == "previtem") return at > 0 ? items_[at_ - 1] : Value(Undefined{"loop.previtem"});
  if (name == "nextitem") return at + 1 < size ? items_[at_ + 1] : Value(Undefined{"loop.nextitem"});
  if (name == "cycle") {
    return Function("loop.cycle", [at](Interpreter&, const Arguments& arguments) -> Result<Value> {
      if (arguments.positional.empty()) return Fail(ErrorCode::kInvalidArgument, "loop.cycle needs values");
      return arguments.positional[static_cast<size_t>(at) % arguments.positional.size()];
    });
  }
  return Fail(ErrorCode::kUnsupported, "not supported: loop." + name);
}

Result<Value> NamespaceObject::Attribute(const std::string& name) {
  const auto* found = names_->Find(Value(name));
  return found != nullptr ? *found : Value(Undefined{name});
}

bool NamespaceObject::SetAttribute(const std::string& name, const Value& value) {
  names_->Set(Value(name), value);
  return true;
}

}  // namespace tarn::dbt::jinja
