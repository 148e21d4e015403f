// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payload keys into column names: the snake_case rules of http-api.md §3.5 and which keys can be columns of their own
// (lake.md §2.3). Pure functions.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::contract {

/// The column name a key proposes: always fits the name rule.
std::string SnakeCase(std::string_view key);

/// As SnakeCase, into a buffer that is reused.
void SnakeCaseInto(std::string_view key, std::string& name);

/// SnakeCase of each key; later clashes get _2, _3, … . As many names as keys, all different.
std::vector<std::string> UniqueSnakeCase(const std::vector<std::string>& keys);

/// Longest key that becomes a column under its own spelling.
inline constexpr size_t kMaxFieldNameBytes = 255;

/// Most columns of one table; fields beyond go to `_rescued`.
inline constexpr size_t kMaxColumns = 2'000;

/// Whether an unknown field may become a column of that exact spelling. False: not empty up to 255 bytes, a reserved
/// member, or a character that other engines refuse in names.
bool CanBeColumn(std::string_view key);

/// ASCII letters in lower case: names that differ only in case are one column to SQL.
std::string FoldCase(std::string_view name);

}  // namespace tarn::contract
