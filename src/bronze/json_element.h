// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a JSON value at the front of a text ends, found without parsing it: what lies between is checked later, record
// by record. Pure; may be asked again with more of the text.

#include <cstddef>
#include <optional>
#include <string_view>

namespace tarn::bronze {

/// Walks one value; keeps its place when the text ends inside it.
class JsonElement {
 public:
  /// Size of the value at the front of `text`, which has grown since the last call; nullopt: it does not end in it.
  /// `is_whole`: nothing follows the text.
  std::optional<size_t> EndIn(std::string_view text, bool is_whole);

  /// A string had a line break in it, which JSON does not allow.
  bool has_raw_break() const { return has_raw_break_; }

 private:
  size_t at_ = 0;
  int depth_ = 0;
  bool in_string_ = false;
  bool has_raw_break_ = false;
};

}  // namespace tarn::bronze
