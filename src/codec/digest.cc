// SPDX-License-Identifier: Apache-2.0
#include "codec/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <climits>

#include "base/assert.h"

namespace tarn::codec {

struct Sha256Hasher::Context {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> handle{EVP_MD_CTX_new()};
};

Digest256 Sha256(std::string_view data) {
  Digest256 digest;
  unsigned int size = 0;
  TARN_ASSERT(EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return digest;
}

Sha256Hasher::Sha256Hasher() : context_(std::make_unique<Context>()) {
  TARN_ASSERT(context_->handle != nullptr);
  TARN_ASSERT(EVP_DigestInit_ex(context_->handle.get(), EVP_sha256(), nullptr) == 1);
}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::Update(std::string_view data) {
  TARN_ASSERT(EVP_DigestUpdate(context_->handle.get(), data.data(), data.size()) == 1);
}

Digest256 Sha256Hasher::Finish() {
  Digest256 digest;
  unsigned int size = 0;
  TARN_ASSERT(EVP_DigestFinal_ex(context_->handle.get(), digest.data(), &size) == 1);
  TARN_ASSERT(EVP_DigestInit_ex(context_->handle.get(), EVP_sha256(), nullptr) == 1);
  return digest;
}

Digest256 HmacSha256(std::string_view key, std::string_view data) {
  TARN_ASSERT(key.size() <= INT_MAX);
  Digest256 digest;
  unsigned int size = 0;
  TARN_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(), &size) != nullptr);
  return digest;
}

bool EqualConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Hex(std::span<const uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string Hex(std::string_view bytes) {
  return Hex(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

namespace {

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string> Unhex(std::string_view text) {
  if (text.size() % 2 != 0) return Fail(ErrorCode::kInvalidArgument, "hexadecimal text of odd length");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = DigitValue(text[i]);
    const int low = DigitValue(text[i + 1]);
    if (high < 0 || low < 0) {
      return Fail(ErrorCode::kInvalidArgument, "not a hexadecimal digit at position " + std::to_string(i));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace tarn::codec
