// SPDX-License-Identifier: Apache-2.0
#pragma once
// The other side of signature.h: whether a request that came in was signed with a secret (Signature Version 4). Pure
// functions.

#include <string_view>

#include "aws/signature.h"
#include "base/result.h"

namespace tarn::aws {

/// A request as it came in.
struct SignedRequest {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  HeaderFields headers;
  std::string_view body;
};

/// Longest time between the signature and `now`, either way.
inline constexpr std::chrono::minutes kSignatureLifetime{15};

/// kUnauthenticated when the request is not signed, not for `service`, not within kSignatureLifetime of `now`, or not
/// with `secret`; the message says which.
Status CheckSignature(const SignedRequest& request, std::string_view service, std::string_view secret, Timestamp now);

}  // namespace tarn::aws
