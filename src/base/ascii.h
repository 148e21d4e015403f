// SPDX-License-Identifier: Apache-2.0
#pragma once
// Letters of ASCII in one case, as keywords and names are compared; bytes of others stay. Pure functions.

#include <algorithm>
#include <string>
#include <string_view>

namespace tarn {

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string Lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = Lower(c);
  return lower;
}

constexpr char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

inline std::string Upper(std::string_view text) {
  std::string upper(text);
  for (auto& c : upper) c = Upper(c);
  return upper;
}

constexpr bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace tarn
