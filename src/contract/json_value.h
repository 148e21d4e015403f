// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON values as slices of a checked text, and the members of an object that are known without looking for them in
// one. Plain values: whoever owns the text says how long it stays.

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::contract {

enum class JsonKind : uint8_t { kNull, kBoolean, kNumber, kString, kObject, kArray };

/// A checked value as it stands in the text.
struct JsonValue {
  const char* data = nullptr;
  uint32_t size = 0;
  JsonKind kind = JsonKind::kNull;
  bool escaped = false;  ///< kString: has a backslash
  bool integer = false;  ///< kNumber: neither fraction nor exponent
  bool bare = false;     ///< kString: stands there without quotes and escapes, so that it has no text()

  std::string_view text() const { return {data, size}; }
  /// kString: what stands between the quotes.
  std::string_view inner() const { return bare ? text() : std::string_view(data + 1, size - 2); }
  /// kBoolean.
  bool is_true() const { return *data == 't'; }
};

/// Value of a JSON string; points into `value` or, when it has escapes, into `scratch`.
std::string_view StringOf(const JsonValue& value, std::string& scratch);

/// Appends the value as JSON text, bare strings as well.
void AppendJson(std::string& out, const JsonValue& value);

/// A member of an object.
struct JsonMember {
  JsonValue key;
  JsonValue value;
};

}  // namespace tarn::contract
