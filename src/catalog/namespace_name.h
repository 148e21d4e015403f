// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names of namespaces and tables as Iceberg catalogs have them: any number of levels, any text. Plain values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::catalog {

/// Names of a namespace's levels, outermost first; empty stands for what is above all of them.
using Namespace = std::vector<std::string>;

struct TableName {
  Namespace levels;
  std::string name;

  auto operator<=>(const TableName&) const = default;
  bool operator==(const TableName&) const = default;
};

inline constexpr size_t kMostLevels = 16;
inline constexpr size_t kMostNameBytes = 255;

/// A level or a table: not empty, not above kMostNameBytes, no control characters.
bool IsUsableName(std::string_view name);

/// At least one level, not above kMostLevels, each of them usable.
bool IsUsableNamespace(const Namespace& levels);

/// Levels as a path segment or parameter has them, joined by the unit separator 0x1F; nothing for what is no usable
/// namespace.
std::optional<Namespace> ParseNamespace(std::string_view text);

/// Whether `inner` is `outer` or below it.
bool LiesIn(const Namespace& inner, const Namespace& outer);

/// "sales.silver"
std::string ToString(const Namespace& levels);
std::string ToString(const TableName& table);

}  // namespace tarn::catalog
