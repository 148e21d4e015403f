// SPDX-License-Identifier: Apache-2.0
#include "codec/url.h"

#include <algorithm>

namespace tarn::codec {
namespace {

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that "%XX" at the front of `text` stands for, or -1.
int EscapedByte(std::string_view text) {
  if (text.size() < 3) return -1;
  const int high = DigitValue(text[1]);
  const int low = DigitValue(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string FormDecode(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '%' ? EscapedByte(text.substr(i)) : -1;
    if (byte >= 0) {
      plain.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      plain.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return plain;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

Result<std::string> PercentDecode(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i]);
      continue;
    }
    const int byte = EscapedByte(text.substr(i));
    if (byte < 0) return Fail(ErrorCode::kInvalidArgument, "a % is not followed by two hexadecimal digits");
    plain.push_back(static_cast<char>(byte));
    i += 2;
  }
  return plain;
}

std::string PercentEncode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4]);
    encoded.push_back(kDigits[byte & 15]);
  }
  return encoded;
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parts;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    parts.emplace_back(FormDecode(part.substr(0, equals)), FormDecode(value));
  }
  return parts;
}

}  // namespace tarn::codec
