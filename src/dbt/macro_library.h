// SPDX-License-Identifier: Apache-2.0
#pragma once
// The macros of a project, of its packages, and those that are built in. Filled while loading; then immutable.

#include <map>
#include <string>
#include <vector>

#include "dbt/jinja/syntax.h"

namespace tarn::dbt {

class MacroLibrary {
 public:
  explicit MacroLibrary(std::string root) : root_(std::move(root)) {}

  /// The macros of "dbt" and "dbt_utils" that are built in.
  Status AddBuiltIns();
  /// Every macro of a file. kAlreadyExists when the package has one of that name.
  Status Add(const std::string& package, const std::string& path, const std::string& text);

  /// As a file of `package` sees it: its own macros, the project's, then dbt's. nullptr when there is none.
  jinja::MacroPtr Find(const std::string& name, const std::string& package) const;
  /// `package.name`; nullptr when there is none.
  jinja::MacroPtr FindIn(const std::string& package, const std::string& name) const;
  bool HasPackage(const std::string& package) const { return macros_.contains(package); }
  /// What adapter.dispatch(name, package) means: tarn__name, duckdb__name, default__name, of the project before the
  /// package and dbt. nullptr when there is none.
  jinja::MacroPtr Dispatch(const std::string& name, const std::string& package) const;

  const std::map<std::string, std::map<std::string, jinja::MacroPtr>>& all() const { return macros_; }

 private:
  const std::string root_;
  std::map<std::string, std::map<std::string, jinja::MacroPtr>> macros_;  ///< by package, name
};

/// Jinja text of what is built in: file name (in errors), package, macros.
struct BuiltInMacros {
  const char* path;
  const char* package;
  const char* text;
};
BuiltInMacros DbtMacros();
BuiltInMacros DbtTests();
BuiltInMacros DbtUtilsMacros();
BuiltInMacros DbtUtilsTests();

}  // namespace tarn::dbt
