// SPDX-License-Identifier: Apache-2.0
#pragma once
// Members of documents that are null where there is nothing: no value, empty text. Pure functions.

#include <optional>
#include <string>
#include <type_traits>

#include "base/time.h"
#include "codec/json.h"

namespace tarn::codec {

inline OrderedJson OrNull(const std::string& text) { return text.empty() ? OrderedJson(nullptr) : OrderedJson(text); }

/// A time as text.
template <class T>
OrderedJson OrNull(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_same_v<T, Timestamp>) {
    return FormatTimestamp(*value);
  } else {
    return *value;
  }
}

}  // namespace tarn::codec
