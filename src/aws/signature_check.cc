// SPDX-License-Identifier: Apache-2.0
#include "aws/signature_check.h"

#include <algorithm>
#include <optional>

#include "codec/digest.h"

namespace tarn::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kDateHeader = "x-amz-date";

std::unexpected<Error> Refuse(std::string message) { return Fail(ErrorCode::kUnauthenticated, std::move(message)); }

bool SameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> HeaderOf(const SignedRequest& request, std::string_view name) {
  for (const auto& [field, value] : request.headers) {
    if (SameName(field, name)) return value;
  }
  return std::nullopt;
}

/// The part `name=…` of an Authorization header.
std::string_view Part(std::string_view authorization, std::string_view name) {
  const auto at = authorization.find(name);
  if (at == std::string_view::npos) return {};
  const auto rest = authorization.substr(at + name.size());
  return rest.substr(0, rest.find(','));
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// "20130524T000000Z"
Result<Timestamp> ReadBasicTime(std::string_view text) {
  if (text.size() != 16) return Refuse("x-amz-date must read like 20130524T000000Z");
  const auto part = [&](size_t from, size_t size) { return std::string(text.substr(from, size)); };
  const auto at = ParseTimestamp(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" +
                                 part(11, 2) + ":" + part(13, 2) + "Z");
  if (!at || text[8] != 'T' || text[15] != 'Z') return Refuse("x-amz-date must read like 20130524T000000Z");
  return at;
}

}  // namespace

Status CheckSignature(const SignedRequest& request, std::string_view service, std::string_view secret, Timestamp now) {
  const auto authorization = HeaderOf(request, "authorization");
  if (!authorization || !authorization->starts_with(kAlgorithm)) return Refuse("the request is not signed");
  const auto credential = Split(Part(*authorization, "Credential="), '/');
  const auto names = Part(*authorization, "SignedHeaders=");
  const auto signature = Part(*authorization, "Signature=");
  if (credential.size() != 5 || names.empty() || signature.empty()) return Refuse("the Authorization header is broken");
  if (credential[3] != service) return Refuse("the request is signed for another service");
  const auto date = HeaderOf(request, kDateHeader);
  if (!date) return Refuse("a signed request carries x-amz-date");
  TARN_ASSIGN(const auto at, ReadBasicTime(*date));
  const auto lifetime = std::chrono::duration_cast<std::chrono::microseconds>(kSignatureLifetime).count();
  if (std::abs(now.micros - at.micros) > lifetime || !date->starts_with(credential[1])) {
    return Refuse("the signature has expired, or the clocks of client and server differ");
  }
  UnsignedRequest plain{request.method, request.path, request.query, {}, PayloadHash(request.body, false)};
  bool signs_host = false;
  for (const auto name : Split(names, ';')) {
    signs_host = signs_host || SameName(name, "host");
    if (SameName(name, kDateHeader)) continue;  // Sign adds it
    for (const auto& [field, value] : request.headers) {
      if (SameName(field, name)) plain.headers.emplace_back(field, value);
    }
  }
  if (!signs_host) return Refuse("the host header must be signed");
  Credentials credentials;
  credentials.access_key_id = credential[0];
  credentials.secret_access_key = secret;
  const auto fields = Sign(plain, credentials, {std::string(credential[2]), std::string(service)}, at);
  if (codec::EqualConstantTime(Part(fields.back().second, "Signature="), signature)) return {};
  return Refuse("the signature does not match: check the secret access key");
}

}  // namespace tarn::aws
