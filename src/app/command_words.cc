// SPDX-License-Identifier: Apache-2.0
#include "app/command_words.h"

namespace tarn::app {

Result<std::vector<std::string>> SplitCommand(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else {
        words.back() += c;
      }
    }
  }
  if (quote != 0) return Fail(ErrorCode::kInvalidArgument, "a quote in the command is not closed");
  if (words.empty() || words.front().empty()) return Fail(ErrorCode::kInvalidArgument, "no command");
  return words;
}

}  // namespace tarn::app
