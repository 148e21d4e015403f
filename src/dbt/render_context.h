// SPDX-License-Identifier: Apache-2.0
#pragma once
// What names mean in the files of a project: ref, source, config, var, this, target, adapter … One context renders one
// node, in one of two rounds: parsing finds out what it needs, executing makes its SQL. Thread-compatible
// (lake.md §6.7).

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dbt/jinja/interpreter.h"
#include "dbt/macro_library.h"
#include "dbt/node.h"
#include "dbt/settings.h"
#include "dbt/warehouse.h"

namespace tarn::dbt {

class RenderContext final : public jinja::Context {
 public:
  struct Needs {
    const Project& project;
    const MacroLibrary& macros;
    const Settings& settings;
  };

  /// Parsing: what the node refers to and configures is written into it.
  RenderContext(Needs needs, Node& parsed);
  /// Executing: relations are those of the project's nodes. `node` is null for files that belong to none.
  RenderContext(Needs needs, const Node* node, Warehouse* warehouse);

  Result<jinja::Value> Find(const std::string& name, const std::string& package) override;

  /// Whether the node's table is there already, for is_incremental(). Set before rendering.
  void SetIncremental(bool incremental) { incremental_ = incremental; }
  /// Names besides the usual ones, as `model` of a generic test's arguments.
  void Set(const std::string& name, jinja::Value value) { more_[name] = std::move(value); }

  const Needs& needs() const { return needs_; }
  bool executes() const { return parsed_ == nullptr; }
  Node* parsed() { return parsed_; }
  const Node* node() const { return node_; }
  Warehouse* warehouse() { return warehouse_; }
  bool incremental() const { return incremental_; }
  /// Settings that the file itself gives while it is executed, above the node's.
  codec::OrderedJson& own_config() { return own_config_; }
  std::map<std::string, jinja::Value>& results() { return results_; }

 private:
  Needs needs_;
  Node* parsed_ = nullptr;
  const Node* node_ = nullptr;
  Warehouse* warehouse_ = nullptr;
  bool incremental_ = false;
  codec::OrderedJson own_config_ = codec::OrderedJson::object();
  std::map<std::string, jinja::Value> more_;
  std::map<std::string, jinja::Value> results_;  ///< of {% call statement %}
};

using ContextFunction = Result<jinja::Value> (*)(RenderContext& context, jinja::Interpreter& interpreter,
                                                 const jinja::Arguments& arguments);

/// Functions that know the project: ref, source, var, env_var, is_incremental …
const std::map<std::string_view, ContextFunction>& ProjectFunctions();
/// Functions that do not: range, dict, zip, log, return, tojson …
const std::map<std::string_view, ContextFunction>& GeneralFunctions();
/// Objects: config, target, this, adapter, exceptions, flags … ; undefined when there is none.
Result<jinja::Value> ProjectObject(RenderContext& context, const std::string& name);

/// The value of a variable; nullopt when nothing gives it.
std::optional<codec::OrderedJson> FindVariable(const RenderContext::Needs& needs, const std::string& package,
                                               const std::string& name);

/// Merges settings as dbt does: tags and meta add up, others replace.
void MergeSettings(codec::OrderedJson& into, const codec::OrderedJson& more);

}  // namespace tarn::dbt
