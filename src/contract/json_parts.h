// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is inside an object or an array that a JsonScanner has read: its text is known to be well-formed, so that a walk
// over it has nothing to check. No allocation. Stateless.

#include "contract/json_scanner.h"

namespace tarn::contract {

/// Walks over the parts of one object or array, which outlives it.
class JsonParts {
 public:
  explicit JsonParts(const JsonValue& whole) : at_(whole.data + 1) {}

  /// The next element of an array; false at its end.
  bool Next(JsonValue& element);
  /// The next member of an object; false at its end.
  bool Next(JsonValue& key, JsonValue& value);

 private:
  const char* at_;
};

/// The value that begins at `text`, which is the whole of a checked one.
JsonValue CheckedValue(std::string_view text);

}  // namespace tarn::contract
