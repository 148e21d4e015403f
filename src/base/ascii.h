// SPDX-License-Identifier: Apache-2.0
#pragma once
// Letters of ASCII without their case, as keywords and names are compared; bytes of others stay. Pure functions.

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

constexpr bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace tarn
