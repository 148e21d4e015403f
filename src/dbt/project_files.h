// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of a project as texts, by path from its root. What the project makes itself (target/, logs/) stays out.
// Plain value; thread-safe to read.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::dbt {

inline constexpr size_t kMaxProjectFiles = 20'000;
/// Of all files together, in bytes.
inline constexpr size_t kMaxProjectBytes = 256U << 20;

struct ProjectFiles {
  std::map<std::string, std::string> texts;

  /// Paths in one of `folders` (or below) that end so.
  std::vector<std::string> In(const std::vector<std::string>& folders, std::string_view ending) const;
};

/// Reads .sql, .yml, .yaml, .csv, .py and .md files below `directory`. kNotFound when it has no dbt_project.yml.
Result<ProjectFiles> ReadProjectFiles(const std::string& directory);

/// 1 + line breaks in front of the first `needle` behind `from`; 1 when there is none.
int LineOf(std::string_view text, std::string_view needle, size_t from = 0);

}  // namespace tarn::dbt
