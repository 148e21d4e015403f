// SPDX-License-Identifier: Apache-2.0
#include "lake/offset.h"

#include <charconv>

namespace tarn::lake {
namespace {

/// Canonical decimal text only, so that an offset has one spelling.
bool ReadNumber(std::string_view text, uint64_t& number) {
  if (text.empty() || (text.front() == '0' && text.size() > 1)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Offset> ParseOffset(std::string_view text) {
  Offset offset;
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || !ReadNumber(text.substr(0, dash), offset.incarnation) ||
      !ReadNumber(text.substr(dash + 1), offset.sequence)) {
    return Fail(ErrorCode::kInvalidArgument, "not an offset such as 7-1234: " + std::string(text));
  }
  return offset;
}

}  // namespace tarn::lake
