// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

constexpr std::string_view kWhiteSpace = " \t\n\r\f\v";

size_t SizeOfCharacter(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  for (size_t i = 1; i < size; ++i) {
    if (at + i >= text.size() || (static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 1;
  }
  return size;
}

}  // namespace

std::vector<std::string> Characters(std::string_view text) {
  std::vector<std::string> characters;
  for (size_t at = 0; at < text.size();) {
    const auto size = SizeOfCharacter(text, at);
    characters.emplace_back(text.substr(at, size));
    at += size;
  }
  return characters;
}

std::string_view StripLeft(std::string_view text, std::string_view characters) {
  const auto from = text.find_first_not_of(characters.empty() ? kWhiteSpace : characters);
  return from == std::string_view::npos ? std::string_view() : text.substr(from);
}

std::string_view StripRight(std::string_view text, std::string_view characters) {
  const auto last = text.find_last_not_of(characters.empty() ? kWhiteSpace : characters);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::string ReplaceAll(std::string_view text, std::string_view what, std::string_view by, size_t most) {
  if (what.empty()) return std::string(text);
  std::string out;
  size_t at = 0;
  for (size_t done = 0; done < most; ++done) {
    const auto found = text.find(what, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += by;
    at = found + what.size();
  }
  return out += text.substr(at);
}

}  // namespace tarn::dbt::jinja
