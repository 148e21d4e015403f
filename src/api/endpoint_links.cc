// SPDX-License-Identifier: Apache-2.0
#include "api/endpoint_links.h"

#include <charconv>

#include "codec/digest.h"

namespace tarn::api {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

std::string Signature(std::string_view domain, std::string_view name, std::string_view version,
                      std::string_view expires, const std::string& secret) {
  std::string text = "tarn-schema-link\n";
  for (const auto part : {domain, name, version, expires}) {
    text += part;
    text += '\n';
  }
  return codec::Hex(codec::AsBytes(codec::HmacSha256(secret, text)));
}

}  // namespace

std::string BaseUrl(const net::Request& request, const std::string& public_url) {
  if (!public_url.empty()) return public_url.ends_with('/') ? public_url.substr(0, public_url.size() - 1) : public_url;
  return "http://" + std::string(request.Header("host").value_or("localhost"));
}

std::string IngestUrl(const std::string& base, const contract::Contract& contract) {
  return base + "/ingest/" + contract.domain + "/" + contract.name;
}

std::string DownloadUrl(const std::string& base, const contract::Contract& contract) {
  return base + "/endpoints/" + contract.domain + "/" + contract.name + "/download";
}

std::string SignedLink(const std::string& base, const contract::Contract& contract, Timestamp now,
                       const std::string& secret) {
  const auto version = std::to_string(contract.version);
  const auto expires = std::to_string(now.micros / kMicrosPerSecond + kLinkLifetimeSeconds);
  return DownloadUrl(base, contract) + "/file?version=" + version + "&expires=" + expires +
         "&signature=" + Signature(contract.domain, contract.name, version, expires, secret);
}

bool IsSignedLink(const net::Request& request, Timestamp now, const std::string& secret) {
  const auto version = request.QueryValue("version").value_or("");
  const auto expires = request.QueryValue("expires").value_or("");
  const auto expected = Signature(request.Param("domain"), request.Param("name"), version, expires, secret);
  if (!codec::EqualConstantTime(expected, request.QueryValue("signature").value_or(""))) return false;
  int64_t until = 0;
  std::from_chars(expires.data(), expires.data() + expires.size(), until);
  return now.micros / kMicrosPerSecond < until;
}

}  // namespace tarn::api
