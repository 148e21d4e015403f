// SPDX-License-Identifier: Apache-2.0
#include "aws/s3_endpoint.h"

#include <algorithm>
#include <string_view>

namespace tarn::aws {
namespace {

std::unexpected<Error> Bad(const std::string& what) { return Fail(ErrorCode::kInvalidArgument, what); }

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

Status CheckBucket(const std::string& bucket) {
  const auto fits = [](char c) { return IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_'; };
  if (bucket.size() < 3 || bucket.size() > 63 || !std::ranges::all_of(bucket, fits) || !IsLetterOrDigit(bucket[0])) {
    return Bad("not a name of an S3 bucket: " + bucket);
  }
  return {};
}

Status CheckRegion(const std::string& region) {
  if (region.empty() || !std::ranges::all_of(region, [](char c) { return IsLetterOrDigit(c) || c == '-'; })) {
    return Bad("not a name of a region: " + region);
  }
  return {};
}

Result<S3Endpoint> ReadGiven(const std::string& text) {
  S3Endpoint endpoint;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    endpoint.is_tls = false;
  } else {
    return Bad("the S3 endpoint must begin with http:// or https://: " + text);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() || rest.find_first_of("/?#@ ") != std::string_view::npos) {
    return Bad("the S3 endpoint must be a host, with a port or not: " + text);
  }
  const std::string_view usual_port = endpoint.is_tls ? ":443" : ":80";
  if (rest.ends_with(usual_port)) rest.remove_suffix(usual_port.size());
  endpoint.host = rest;
  return endpoint;
}

}  // namespace

Result<S3Endpoint> ResolveS3Endpoint(const S3Location& location) {
  TARN_TRY(CheckBucket(location.bucket));
  TARN_TRY(CheckRegion(location.region));
  S3Endpoint endpoint;
  if (location.endpoint.empty()) {
    const bool is_china = location.region.starts_with("cn-");
    endpoint.host = "s3." + location.region + (is_china ? ".amazonaws.com.cn" : ".amazonaws.com");
  } else {
    TARN_ASSIGN(endpoint, ReadGiven(location.endpoint));
  }
  // A certificate for *.host does not cover two labels.
  const bool fits_host = !location.bucket.contains('.') && !location.bucket.contains('_');
  const bool by_default = location.endpoint.empty() && fits_host;
  const bool in_host =
      location.addressing == Addressing::kVirtualHost || (location.addressing == Addressing::kAuto && by_default);
  if (in_host) {
    endpoint.host = location.bucket + "." + endpoint.host;
  } else {
    endpoint.path_prefix = "/" + location.bucket;
  }
  return endpoint;
}

}  // namespace tarn::aws
