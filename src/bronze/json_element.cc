// SPDX-License-Identifier: Apache-2.0
#include "bronze/json_element.h"

namespace tarn::bronze {
namespace {

bool EndsScalar(char c) { return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::optional<size_t> JsonElement::EndIn(std::string_view text, bool is_whole) {
  for (; at_ < text.size(); ++at_) {
    const char c = text[at_];
    if (in_string_) {
      if (c == '\\') {
        if (at_ + 1 == text.size()) break;  // what it escapes comes later
        ++at_;
      } else if (c == '"') {
        in_string_ = false;
        if (depth_ == 0) return ++at_;
      } else if (c == '\n' || c == '\r') {
        has_raw_break_ = true;
      }
      continue;
    }
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (depth_ == 0 && at_ > 0 && EndsScalar(c)) {
      return at_;
    } else if ((c == '}' || c == ']') && --depth_ <= 0) {
      return ++at_;
    }
  }
  if (is_whole && !in_string_ && depth_ == 0 && !text.empty()) return text.size();
  return std::nullopt;
}

}  // namespace tarn::bronze
