// SPDX-License-Identifier: Apache-2.0
#include "dbt/render_context.h"

#include <array>

#include "dbt/jinja/loop_object.h"

namespace tarn::dbt {
namespace {

using jinja::Arguments;
using jinja::Interpreter;
using jinja::Value;

/// Macros of one package: dbt_utils.star.
class PackageObject final : public jinja::Object {
 public:
  PackageObject(const MacroLibrary& macros, std::string package) : macros_(macros), package_(std::move(package)) {}
  std::string TypeName() const override { return "package " + package_; }
  Result<Value> Attribute(const std::string& name) override {
    const auto found = macros_.FindIn(package_, name);
    if (!found) return Value(jinja::Undefined{package_ + "." + name});
    return Value(jinja::ObjectPtr(std::make_shared<jinja::MacroObject>(found)));
  }

 private:
  const MacroLibrary& macros_;
  std::string package_;
};

constexpr std::array<std::string_view, 10> kRefused{"local_md5",    "modules",      "graph",    "context",
                                                    "builtins",     "store_result", "snapshot", "on_run_start",
                                                    "database_set", "metric"};

}  // namespace

RenderContext::RenderContext(Needs needs, Node& parsed) : needs_(needs), parsed_(&parsed), node_(&parsed) {}

RenderContext::RenderContext(Needs needs, const Node* node, Warehouse* warehouse)
    : needs_(needs), node_(node), warehouse_(warehouse) {}

Result<Value> RenderContext::Find(const std::string& name, const std::string& package) {
  if (const auto found = more_.find(name); found != more_.end()) return found->second;
  for (const auto* functions : {&ProjectFunctions(), &GeneralFunctions()}) {
    const auto found = functions->find(name);
    if (found == functions->end()) continue;
    return jinja::Function(name, [this, call = found->second](Interpreter& interpreter, const Arguments& arguments) {
      return call(*this, interpreter, arguments);
    });
  }
  if (const auto macro = needs_.macros.Find(name, package)) {
    return Value(jinja::ObjectPtr(std::make_shared<jinja::MacroObject>(macro)));
  }
  TARN_ASSIGN(auto object, ProjectObject(*this, name));
  if (!object.is_undefined()) return object;
  if (needs_.macros.HasPackage(name)) {
    return Value(jinja::ObjectPtr(std::make_shared<PackageObject>(needs_.macros, name)));
  }
  for (const auto refused : kRefused) {
    if (name == refused) return Fail(ErrorCode::kUnsupported, "not supported: " + name);
  }
  return Value(jinja::Undefined{name});
}

std::optional<codec::OrderedJson> FindVariable(const RenderContext::Needs& needs, const std::string& package,
                                               const std::string& name) {
  const auto in = [&](const codec::OrderedJson& vars) -> std::optional<codec::OrderedJson> {
    if (!vars.is_object()) return std::nullopt;
    const auto found = vars.find(name);
    return found == vars.end() ? std::nullopt : std::optional(*found);
  };
  if (auto given = in(needs.settings.vars)) return given;
  const auto own = needs.project.vars.find(package);
  if (own != needs.project.vars.end()) {
    if (auto given = in(*own)) return given;
  }
  return in(needs.project.vars);
}

void MergeSettings(codec::OrderedJson& into, const codec::OrderedJson& more) {
  for (const auto& [key, value] : more.items()) {
    if (key == "tags") {
      auto& tags = into["tags"];
      if (!tags.is_array()) tags = codec::OrderedJson::array();
      const auto added = value.is_array() ? value : codec::OrderedJson::array({value});
      for (const auto& tag : added) {
        if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
      }
    } else if (key == "meta" && value.is_object() && into.contains("meta") && into["meta"].is_object()) {
      into["meta"].update(value);
    } else {
      into[key] = value;
    }
  }
}

}  // namespace tarn::dbt
