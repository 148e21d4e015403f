// SPDX-License-Identifier: Apache-2.0
#include "codec/z85.h"

#include <array>
#include <cstdint>

namespace tarn::codec {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr uint32_t kBase = 85;
constexpr size_t kGroupBytes = 4;
constexpr size_t kGroupCharacters = 5;
static_assert(kAlphabet.size() == kBase);

constexpr std::array<int8_t, 256> kInverse = [] {
  std::array<int8_t, 256> inverse{};
  inverse.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i) inverse[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  return inverse;
}();

}  // namespace

std::string Z85Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + kGroupBytes - 1) / kGroupBytes * kGroupCharacters);
  for (size_t at = 0; at < bytes.size(); at += kGroupBytes) {
    uint32_t number = 0;
    for (size_t i = at; i < at + kGroupBytes; ++i) {
      number = number << 8 | (i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0);
    }
    std::array<char, kGroupCharacters> group{};
    for (size_t i = kGroupCharacters; i-- > 0; number /= kBase) group[i] = kAlphabet[number % kBase];
    text.append(group.data(), group.size());
  }
  return text;
}

Result<std::string> Z85Decode(std::string_view text) {
  if (text.size() % kGroupCharacters != 0) return Fail(ErrorCode::kInvalidArgument, "z85 text of impossible length");
  std::string bytes;
  bytes.reserve(text.size() / kGroupCharacters * kGroupBytes);
  for (size_t at = 0; at < text.size(); at += kGroupCharacters) {
    uint64_t number = 0;
    for (const char c : text.substr(at, kGroupCharacters)) {
      const int8_t digit = kInverse[static_cast<uint8_t>(c)];
      if (digit < 0) return Fail(ErrorCode::kInvalidArgument, "not a z85 character");
      number = number * kBase + static_cast<uint64_t>(digit);
    }
    if (number > UINT32_MAX) return Fail(ErrorCode::kInvalidArgument, "z85 group beyond 32 bits");
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift & 255));
  }
  return bytes;
}

}  // namespace tarn::codec
