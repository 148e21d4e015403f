// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text as its characters: lengths, slices and loops of templates count them, not bytes. Bytes that are no UTF-8 count
// as one character each. Pure functions; thread-safe.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::dbt::jinja {

std::vector<std::string> Characters(std::string_view text);

/// Without any of `characters` (white space when empty) at the front, at the end.
std::string_view StripLeft(std::string_view text, std::string_view characters);
std::string_view StripRight(std::string_view text, std::string_view characters);

std::string ReplaceAll(std::string_view text, std::string_view what, std::string_view by, size_t most);

}  // namespace tarn::dbt::jinja
