// SPDX-License-Identifier: Apache-2.0
#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace tarn::codec {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int8_t, 256> Inverse(std::string_view alphabet) {
  std::array<int8_t, 256> inverse{};
  inverse.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) inverse[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  return inverse;
}

constexpr auto kStandardInverse = Inverse(kStandard);
constexpr auto kUrlSafeInverse = Inverse(kUrlSafe);

std::string Encode(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    for (held += 8; held >= 6;) {
      held -= 6;
      text.push_back(alphabet[bits >> held & 63]);
    }
  }
  if (held > 0) text.push_back(alphabet[bits << (6 - held) & 63]);
  return text;
}

Result<std::string> Decode(std::string_view text, const std::array<int8_t, 256>& inverse) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int8_t value = inverse[static_cast<uint8_t>(c)];
    if (value < 0) return Fail(ErrorCode::kInvalidArgument, "not a base64 character");
    bits = bits << 6 | static_cast<uint8_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<char>(bits >> held & 255));
    }
  }
  if (held == 6) return Fail(ErrorCode::kInvalidArgument, "base64 text of impossible length");
  if ((bits & ((1U << held) - 1)) != 0) return Fail(ErrorCode::kInvalidArgument, "base64 text with left-over bits");
  return bytes;
}

std::string_view WithoutPadding(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string text = Encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string Base64UrlEncode(std::string_view bytes) { return Encode(bytes, kUrlSafe); }

Result<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return Fail(ErrorCode::kInvalidArgument, "base64 text of impossible length");
  return Decode(WithoutPadding(text), kStandardInverse);
}

Result<std::string> Base64UrlDecode(std::string_view text) { return Decode(WithoutPadding(text), kUrlSafeInverse); }

}  // namespace tarn::codec
