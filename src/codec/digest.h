// SPDX-License-Identifier: Apache-2.0
#pragma once
// SHA-256, HMAC-SHA-256, hexadecimal text and constant-time comparison, over OpenSSL. Used for content checks, signed
// links (http-api.md §3.3) and keys (http-api.md §1, Auth). Free functions are thread-safe; Sha256Hasher is
// thread-compatible.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

using Digest256 = std::array<uint8_t, 32>;

/// Hash of `data` (FIPS 180-4).
Digest256 Sha256(std::string_view data);

/// Hash of data that arrives in parts.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

  void Update(std::string_view data);
  /// The hash of everything so far; the hasher starts anew.
  Digest256 Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// RFC 2104 with SHA-256; a key of any length.
Digest256 HmacSha256(std::string_view key, std::string_view data);

/// Takes time that depends on the lengths only. Different lengths are unequal.
bool EqualConstantTime(std::string_view a, std::string_view b);

/// Lower-case hexadecimal.
std::string Hex(std::span<const uint8_t> bytes);
std::string Hex(std::string_view bytes);

/// Reads hexadecimal of either case; kInvalidArgument for odd length or another character.
Result<std::string> Unhex(std::string_view text);

/// The digest's bytes as a string view, for HmacSha256 chains and EqualConstantTime.
inline std::string_view AsBytes(const Digest256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace tarn::codec
