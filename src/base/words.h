// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words that stand for the values of an enumeration in documents and requests. Of several words for one value the
// first is the one that is written; the others are read too. Pure functions.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ascii.h"

namespace tarn {

template <class T, size_t n>
using Words = std::array<std::pair<std::string_view, T>, n>;

/// The word of a value, which must have one.
template <class T, size_t n>
constexpr std::string_view WordOf(const Words<T, n>& words, T value) {
  return std::ranges::find(words, value, &std::pair<std::string_view, T>::second)->first;
}

/// The value of a word, in the letter case it is written in.
template <class T, size_t n>
constexpr std::optional<T> ValueOf(const Words<T, n>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word, &std::pair<std::string_view, T>::first);
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

/// The value of a word in any letter case.
template <class T, size_t n>
std::optional<T> ValueInAnyCase(const Words<T, n>& words, std::string_view word) {
  const auto found = std::ranges::find_if(words, [&](const auto& row) { return EqualIgnoringCase(row.first, word); });
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tarn
