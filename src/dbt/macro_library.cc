// SPDX-License-Identifier: Apache-2.0
#include "dbt/macro_library.h"

#include "dbt/jinja/parser.h"

namespace tarn::dbt {

Status MacroLibrary::AddBuiltIns() {
  for (const auto& built_in : {DbtMacros(), DbtTests(), DbtUtilsMacros(), DbtUtilsTests()}) {
    TARN_TRY(Add(built_in.package, built_in.path, built_in.text));
  }
  return {};
}

Status MacroLibrary::Add(const std::string& package, const std::string& path, const std::string& text) {
  TARN_ASSIGN(const auto parsed, jinja::ParseTemplate({path, package, text}));
  auto& macros = macros_[package];
  for (const auto& macro : parsed.macros) {
    const auto [at, is_new] = macros.emplace(macro->name, macro);
    if (!is_new) {
      return Fail(ErrorCode::kAlreadyExists,
                  jinja::AtLine(path, macro->line,
                                "there is another macro of this name in " + at->second->path + ": " + macro->name));
    }
  }
  return {};
}

jinja::MacroPtr MacroLibrary::FindIn(const std::string& package, const std::string& name) const {
  const auto macros = macros_.find(package);
  if (macros == macros_.end()) return nullptr;
  const auto found = macros->second.find(name);
  return found == macros->second.end() ? nullptr : found->second;
}

jinja::MacroPtr MacroLibrary::Find(const std::string& name, const std::string& package) const {
  for (const auto& place : {package, root_, std::string("dbt")}) {
    if (auto found = FindIn(place, name)) return found;
  }
  return nullptr;
}

jinja::MacroPtr MacroLibrary::Dispatch(const std::string& name, const std::string& package) const {
  for (const auto& place : {root_, package, std::string("dbt")}) {
    for (const char* prefix : {"tarn__", "duckdb__", "default__"}) {
      if (auto found = FindIn(place, prefix + name)) return found;
    }
  }
  // What is built in has one form for the one engine.
  if (auto found = FindIn(package, name); found && found->path.starts_with("built-in")) return found;
  return FindIn("dbt", name);
}

}  // namespace tarn::dbt
