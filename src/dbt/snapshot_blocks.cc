// SPDX-License-Identifier: Apache-2.0
#include "dbt/snapshot_blocks.h"

#include <algorithm>
#include <optional>

#include "dbt/jinja/syntax.h"

namespace tarn::dbt {
namespace {

/// A {% … %} tag: the words in it, and where it stands.
struct Tag {
  std::string_view words;
  size_t begin = 0;
  size_t end = 0;
};

/// The next tag at or behind `from`; comments are passed over.
std::optional<Tag> NextTag(std::string_view text, size_t from) {
  for (;;) {
    const auto open = text.find('{', from);
    if (open == std::string_view::npos || open + 1 >= text.size()) return std::nullopt;
    if (text[open + 1] == '#') {
      const auto close = text.find("#}", open + 2);
      if (close == std::string_view::npos) return std::nullopt;
      from = close + 2;
    } else if (text[open + 1] == '%') {
      const auto close = text.find("%}", open + 2);
      if (close == std::string_view::npos) return std::nullopt;
      auto words = text.substr(open + 2, close - open - 2);
      const auto first = words.find_first_not_of("-+ \t\r\n");
      const auto last = words.find_last_not_of("-+ \t\r\n");
      words = first == std::string_view::npos ? "" : words.substr(first, last - first + 1);
      return Tag{words, open, close + 2};
    } else {
      from = open + 1;
    }
  }
}

size_t LinesBefore(std::string_view text, size_t at) {
  return static_cast<size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

}  // namespace

Result<std::vector<SnapshotBlock>> ReadSnapshotBlocks(const std::string& path, std::string_view text) {
  constexpr std::string_view kWord = "snapshot";
  std::vector<SnapshotBlock> blocks;
  for (auto tag = NextTag(text, 0); tag; tag = NextTag(text, tag->end)) {
    const bool opens =
        tag->words.starts_with(kWord) &&
        (tag->words.size() == kWord.size() || std::string_view(" \t\r\n").contains(tag->words[kWord.size()]));
    if (!opens) continue;
    const auto line = static_cast<int>(LinesBefore(text, tag->begin)) + 1;
    const auto name_at = tag->words.find_first_not_of(" \t\r\n", kWord.size());
    if (name_at == std::string_view::npos) {
      return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(path, line, "a snapshot needs a name"));
    }
    auto end = NextTag(text, tag->end);
    while (end && end->words != "endsnapshot") end = NextTag(text, end->end);
    if (!end) {
      return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(path, line, "{% snapshot %} without {% endsnapshot %}"));
    }
    blocks.push_back(
        {std::string(tag->words.substr(name_at)),
         std::string(LinesBefore(text, tag->end), '\n') + std::string(text.substr(tag->end, end->begin - tag->end))});
    tag = end;
  }
  return blocks;
}

}  // namespace tarn::dbt
