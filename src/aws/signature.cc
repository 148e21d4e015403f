// SPDX-License-Identifier: Apache-2.0
#include "aws/signature.h"

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "codec/digest.h"
#include "codec/url.h"

namespace tarn::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// Without blanks around, and with one where there were several.
std::string Squeeze(std::string_view value) {
  std::string squeezed;
  for (const char c : value) {
    const bool is_blank = c == ' ' || c == '\t';
    if (is_blank && (squeezed.empty() || squeezed.back() == ' ')) continue;
    squeezed.push_back(is_blank ? ' ' : c);
  }
  if (squeezed.ends_with(' ')) squeezed.pop_back();
  return squeezed;
}

/// Values by lower-case name; several of one name are joined in their order.
std::map<std::string, std::string> CanonicalHeaders(const HeaderFields& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const auto [field, is_new] = canonical.emplace(Lower(name), Squeeze(value));
    if (!is_new) field->second += "," + Squeeze(value);
  }
  return canonical;
}

std::string SignedNames(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

/// "20130524T000000Z"
std::string BasicTime(Timestamp at) {
  const auto text = FormatTimestamp(Timestamp{at.micros - at.micros % 1'000'000});
  std::string basic;
  for (const char c : text) {
    if (c != '-' && c != ':') basic.push_back(c);
  }
  return basic;
}

std::string Chain(std::string_view key, std::string_view data) {
  const auto digest = codec::HmacSha256(key, data);
  return std::string(codec::AsBytes(digest));
}

std::string SigningKey(const Credentials& credentials, const SigningScope& scope, std::string_view date) {
  const auto dated = Chain("AWS4" + credentials.secret_access_key, date);
  return Chain(Chain(Chain(dated, scope.region), scope.service), "aws4_request");
}

}  // namespace

std::string PayloadHash(std::string_view body, bool is_tls) {
  if (is_tls && body.size() > kSignedPayloadBytes) return std::string(kUnsignedPayload);
  const auto digest = codec::Sha256(body);
  return codec::Hex(codec::AsBytes(digest));
}

std::string CanonicalQuery(std::vector<std::pair<std::string, std::string>> query) {
  for (auto& [name, value] : query) {
    name = codec::PercentEncode(name);
    value = codec::PercentEncode(value);
  }
  std::ranges::sort(query);
  std::string canonical;
  for (const auto& [name, value] : query) canonical += (canonical.empty() ? "" : "&") + name + "=" + value;
  return canonical;
}

std::string CanonicalRequest(const UnsignedRequest& request) {
  const auto headers = CanonicalHeaders(request.headers);
  std::string text = request.method + "\n" + request.path + "\n" + CanonicalQuery(request.query) + "\n";
  for (const auto& [name, value] : headers) text.append(name).append(":").append(value).append("\n");
  return text.append("\n").append(SignedNames(headers)).append("\n").append(request.payload_hash);
}

HeaderFields Sign(const UnsignedRequest& request, const Credentials& credentials, const SigningScope& scope,
                  Timestamp at) {
  const auto time = BasicTime(at);
  const auto date = time.substr(0, time.find('T'));
  HeaderFields added{{"x-amz-date", time}};
  if (!credentials.session_token.empty()) added.emplace_back("x-amz-security-token", credentials.session_token);
  auto whole = request;
  whole.headers.insert(whole.headers.end(), added.begin(), added.end());
  const auto place = date + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const auto hash = codec::Sha256(CanonicalRequest(whole));
  const auto to_sign = std::string(kAlgorithm) + "\n" + time + "\n" + place + "\n" + codec::Hex(codec::AsBytes(hash));
  const auto signature = codec::HmacSha256(SigningKey(credentials, scope, date), to_sign);
  added.emplace_back("Authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
                                          place + ", SignedHeaders=" + SignedNames(CanonicalHeaders(whole.headers)) +
                                          ", Signature=" + codec::Hex(codec::AsBytes(signature)));
  return added;
}

}  // namespace tarn::aws
