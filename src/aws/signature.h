// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signature Version 4 of AWS: what a request's Authorization header must say. Checked against the published test
// vectors (signature_test.cc). Pure functions.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/time.h"

namespace tarn::aws {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// Payload hash of a body that TLS and a checksum protect instead of the signature.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// Bodies up to this are always signed: hashing them costs less than sending them.
inline constexpr size_t kSignedPayloadBytes = size_t{1} << 20;

/// What x-amz-content-sha256 says about `body`: its SHA-256, or kUnsignedPayload when large and sent over TLS.
std::string PayloadHash(std::string_view body, bool is_tls);

struct SigningScope {
  std::string region;
  std::string service;  ///< "s3"
};

/// A request before its signature. All header fields given here are signed.
struct UnsignedRequest {
  std::string method;
  std::string path;                                        ///< absolute, in the form the service signs
  std::vector<std::pair<std::string, std::string>> query;  ///< not encoded, any order
  HeaderFields headers;                                    ///< with Host, in any case and order
  std::string payload_hash;
};

/// "a=1&b=%20": the query as it is signed and sent.
std::string CanonicalQuery(std::vector<std::pair<std::string, std::string>> query);

/// The text whose hash is signed.
std::string CanonicalRequest(const UnsignedRequest& request);

/// The fields to send besides the given ones: x-amz-date, x-amz-security-token where there is a token, Authorization.
HeaderFields Sign(const UnsignedRequest& request, const Credentials& credentials, const SigningScope& scope,
                  Timestamp at);

}  // namespace tarn::aws
