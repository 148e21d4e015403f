// SPDX-License-Identifier: Apache-2.0
#include "lake/offset.h"

#include <array>
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

std::string Offset::ToString() const {
  auto first = incarnation;
  char sign = '\0';
  if (const auto replay = replay_number(); replay > 0) {
    first = replay;
    sign = 'r';
  } else if (const auto file = file_number(); file > 0) {
    first = file;
    sign = 'f';
  }
  constexpr size_t kMostDigits = 20;
  std::array<char, 2 * kMostDigits + 2> text;
  char* end = text.data();
  if (sign != '\0') *end++ = sign;
  end = std::to_chars(end, end + kMostDigits, first).ptr;
  *end++ = '-';
  end = std::to_chars(end, end + kMostDigits, sequence).ptr;
  return {text.data(), end};
}

Result<Offset> ParseOffset(std::string_view text) {
  if (text.starts_with('r')) {
    TARN_ASSIGN(const auto replay, ParseOffset(text.substr(1)));
    if (replay.incarnation > 0 && replay.replay_number() == 0) {
      return Offset::OfReplay(replay.incarnation, replay.sequence);
    }
  }
  if (text.starts_with('f')) {
    TARN_ASSIGN(const auto row, ParseOffset(text.substr(1)));
    const auto offset = Offset::OfFile(row.incarnation, row.sequence);
    if (row.incarnation > 0 && offset.file_number() == row.incarnation) return offset;
  }
  Offset offset;
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || !ReadNumber(text.substr(0, dash), offset.incarnation) ||
      !ReadNumber(text.substr(dash + 1), offset.sequence)) {
    return Fail(ErrorCode::kInvalidArgument, "not an offset such as 7-1234: " + std::string(text));
  }
  return offset;
}

}  // namespace tarn::lake
