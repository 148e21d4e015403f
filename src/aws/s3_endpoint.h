// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a bucket answers: AWS's own addresses by region, or a given server; in the path or in the host's name. Pure
// functions.

#include <string>

#include "base/result.h"

namespace tarn::aws {

enum class Addressing {
  kAuto,         ///< in the path at a given server and for names with dots, else in the host
  kPath,         ///< https://host/bucket/key
  kVirtualHost,  ///< https://bucket.host/key
};

struct S3Location {
  std::string bucket;
  std::string region;
  std::string endpoint{};  ///< "https://host[:port]"; empty = AWS
  Addressing addressing = Addressing::kAuto;
};

struct S3Endpoint {
  bool is_tls = true;
  std::string host;         ///< as the Host header says it, with the port unless it is the scheme's
  std::string path_prefix;  ///< "" or "/bucket"

  std::string BaseUrl() const { return (is_tls ? "https://" : "http://") + host; }
};

/// kInvalidArgument for a bucket's name that cannot be, a region or an endpoint that is none.
Result<S3Endpoint> ResolveS3Endpoint(const S3Location& location);

}  // namespace tarn::aws
