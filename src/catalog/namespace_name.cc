// SPDX-License-Identifier: Apache-2.0
#include "catalog/namespace_name.h"

#include <algorithm>

namespace tarn::catalog {
namespace {

constexpr char kLevelSeparator = '\x1f';
constexpr unsigned char kFirstPrintable = 0x20;
constexpr unsigned char kDelete = 0x7f;

}  // namespace

bool IsUsableName(std::string_view name) {
  return !name.empty() && name.size() <= kMostNameBytes &&
         std::ranges::all_of(name, [](unsigned char c) { return c >= kFirstPrintable && c != kDelete; });
}

bool IsUsableNamespace(const Namespace& levels) {
  return !levels.empty() && levels.size() <= kMostLevels && std::ranges::all_of(levels, IsUsableName);
}

std::optional<Namespace> ParseNamespace(std::string_view text) {
  Namespace levels;
  while (levels.size() < kMostLevels) {
    const size_t end = text.find(kLevelSeparator);
    levels.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (text.contains(kLevelSeparator) || !IsUsableNamespace(levels)) return std::nullopt;
  return levels;
}

bool LiesIn(const Namespace& inner, const Namespace& outer) {
  return inner.size() >= outer.size() && std::equal(outer.begin(), outer.end(), inner.begin());
}

std::string ToString(const Namespace& levels) {
  std::string joined;
  for (const std::string& level : levels) joined += (joined.empty() ? "" : ".") + level;
  return joined;
}

std::string ToString(const TableName& table) { return ToString(table.levels) + "." + table.name; }

}  // namespace tarn::catalog
