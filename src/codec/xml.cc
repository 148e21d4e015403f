// SPDX-License-Identifier: Apache-2.0
#include "codec/xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tarn::codec {
namespace {

std::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, "malformed XML: " + std::string(what));
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
         byte == '-' || byte == '.' || byte == ':' || byte >= 0x80;
}

std::string_view LocalName(std::string_view name) { return name.substr(name.rfind(':') + 1); }

/// Whether XML 1.0 may contain the character at all.
bool IsCharacter(uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F))); };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

Result<uint32_t> ReadCharacterNumber(std::string_view digits) {
  int base = 10;
  if (digits.starts_with('x')) {
    base = 16;
    digits.remove_prefix(1);
  }
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || !IsCharacter(code)) {
    return Malformed("a character number");
  }
  return code;
}

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
    {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};

}  // namespace

void XmlReader::SkipBlanks() {
  while (!rest_.empty() && IsBlank(rest_.front())) rest_.remove_prefix(1);
}

/// Comments and processing instructions; whether there was one.
Result<bool> XmlReader::SkipUntold() {
  using Pair = std::pair<std::string_view, std::string_view>;
  for (const auto& [begin, end] : {Pair{"<!--", "-->"}, Pair{"<?", "?>"}}) {
    if (!rest_.starts_with(begin)) continue;
    const auto at = rest_.find(end, begin.size());
    if (at == std::string_view::npos) return Malformed("an open comment");
    rest_.remove_prefix(at + end.size());
    return true;
  }
  if (rest_.starts_with("<!DOCTYPE")) return Fail(ErrorCode::kUnsupported, "XML with a document type");
  return false;
}

Result<XmlReader::Token> XmlReader::Next() {
  if (std::exchange(closes_itself_, false)) return CloseTag();
  for (;;) {
    if (open_.empty()) SkipBlanks();
    if (rest_.empty()) {
      if (!open_.empty()) return Malformed("it ends inside of " + std::string(open_.back()));
      if (!has_root_) return Malformed("no element");
      return Token::kDone;
    }
    TARN_ASSIGN(const bool skipped, SkipUntold());
    if (skipped) continue;
    if (rest_.front() == '<' && !rest_.starts_with("<![CDATA[")) return ReadTag();
    if (open_.empty()) return Malformed("text outside of the element");
    return ReadText();
  }
}

Result<std::string_view> XmlReader::ReadName() {
  const auto size = static_cast<size_t>(std::ranges::find_if_not(rest_, IsNameByte) - rest_.begin());
  if (size == 0 || rest_[0] == '-' || rest_[0] == '.' || (rest_[0] >= '0' && rest_[0] <= '9')) {
    return Malformed("a name is missing");
  }
  const auto name = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return name;
}

Result<XmlReader::Token> XmlReader::ReadTag() {
  rest_.remove_prefix(1);
  const bool closes = rest_.starts_with('/');
  if (closes) rest_.remove_prefix(1);
  TARN_ASSIGN(const auto name, ReadName());
  if (closes) {
    SkipBlanks();
    if (!rest_.starts_with('>')) return Malformed("a closing tag");
    rest_.remove_prefix(1);
    if (open_.empty() || open_.back() != name) return Malformed("</" + std::string(name) + "> closes nothing");
    return CloseTag();
  }
  if (open_.empty() && has_root_) return Malformed("a second element");
  if (open_.size() >= kMaxXmlDepth) return Malformed("nested too deep");
  TARN_TRY(ReadAttributes());
  has_root_ = true;
  open_.push_back(name);
  name_ = LocalName(name);
  return Token::kStart;
}

Result<XmlReader::Token> XmlReader::CloseTag() {
  name_ = LocalName(open_.back());
  open_.pop_back();
  return Token::kEnd;
}

/// Up to the end of the opening tag.
Status XmlReader::ReadAttributes() {
  for (;;) {
    const size_t before = rest_.size();
    SkipBlanks();
    if (rest_.starts_with("/>")) {
      rest_.remove_prefix(2);
      closes_itself_ = true;
      return {};
    }
    if (rest_.starts_with('>')) {
      rest_.remove_prefix(1);
      return {};
    }
    if (rest_.size() == before) return Malformed("a tag");
    TARN_TRY(ReadName());
    SkipBlanks();
    if (!rest_.starts_with('=')) return Malformed("an attribute without a value");
    rest_.remove_prefix(1);
    SkipBlanks();
    if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return Malformed("a value without quotes");
    const auto end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos || rest_.substr(0, end).contains('<')) return Malformed("an open value");
    rest_.remove_prefix(end + 1);
  }
}

/// Text and character data up to the next tag.
Result<XmlReader::Token> XmlReader::ReadText() {
  constexpr std::string_view kData = "<![CDATA[";
  text_.clear();
  while (!rest_.empty()) {
    if (rest_.starts_with(kData)) {
      const auto end = rest_.find("]]>");
      if (end == std::string_view::npos) return Malformed("open character data");
      text_.append(rest_.substr(kData.size(), end - kData.size()));
      rest_.remove_prefix(end + 3);
      continue;
    }
    if (rest_.front() == '<') {
      TARN_ASSIGN(const bool skipped, SkipUntold());
      if (!skipped) break;
      continue;
    }
    if (rest_.front() == '&') {
      TARN_TRY(ReadReference());
      continue;
    }
    const auto plain = rest_.substr(0, rest_.find_first_of("<&"));
    if (plain.contains("]]>")) return Malformed("the end of character data without its beginning");
    text_.append(plain);
    rest_.remove_prefix(plain.size());
  }
  return text_.empty() ? Next() : Result<Token>(Token::kText);
}

Status XmlReader::ReadReference() {
  constexpr size_t kLongestReference = 12;
  const auto end = rest_.substr(0, kLongestReference).find(';');
  if (end == std::string_view::npos) return Malformed("an open reference");
  const auto name = rest_.substr(1, end - 1);
  rest_.remove_prefix(end + 1);
  if (name.starts_with('#')) {
    TARN_ASSIGN(const auto code, ReadCharacterNumber(name.substr(1)));
    AppendUtf8(code, text_);
    return {};
  }
  const auto* const known = std::ranges::find(kEntities, name, &std::pair<std::string_view, char>::first);
  if (known == kEntities.end()) return Malformed("an unknown entity");
  text_.push_back(known->second);
  return {};
}

Result<std::string> XmlReader::TextOfElement() {
  std::string whole;
  for (;;) {
    TARN_ASSIGN(const auto token, Next());
    if (token == Token::kEnd) return whole;
    if (token != Token::kText) return Malformed("an element where text should be: " + std::string(name_));
    whole += text_;
  }
}

Status XmlReader::SkipElement() {
  for (size_t depth = 1; depth > 0;) {
    TARN_ASSIGN(const auto token, Next());
    if (token == Token::kStart) ++depth;
    if (token == Token::kEnd) --depth;
  }
  return {};
}

std::string XmlEscape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    const auto* const special = std::ranges::find(kEntities, c, &std::pair<std::string_view, char>::second);
    if (special != kEntities.end()) {
      escaped.append("&").append(special->first).append(";");
    } else if (static_cast<unsigned char>(c) < 0x20) {
      escaped.append("&#").append(std::to_string(static_cast<int>(c))).append(";");
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace tarn::codec
