// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_error.h"

#include <algorithm>
#include <array>

#include "codec/xml.h"

namespace tarn::store {
namespace {

struct ErrorDocument {
  std::string code;
  std::string message;
  std::string region;
};

/// Whatever can be read of it: proxies answer with pages of their own.
ErrorDocument ReadDocument(const std::string& body) {
  ErrorDocument document;
  codec::XmlReader reader(body);
  const auto root = reader.Next();
  if (!root || reader.name() != "Error") return document;
  for (;;) {
    const auto token = reader.Next();
    if (!token || *token == codec::XmlReader::Token::kDone) return document;
    if (*token != codec::XmlReader::Token::kStart) continue;
    const std::string name(reader.name());
    auto text = reader.TextOfElement();
    if (!text) return document;
    if (name == "Code") document.code = std::move(*text);
    if (name == "Message") document.message = std::move(*text);
    if (name == "Region") document.region = std::move(*text);
  }
}

template <size_t size>
bool IsOneOf(std::string_view code, const std::array<std::string_view, size>& codes) {
  return std::ranges::find(codes, code) != codes.end();
}

constexpr std::array<std::string_view, 4> kExpired{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired",
                                                   "RequestExpired"};
/// The last is versitygw's.
constexpr std::array<std::string_view, 5> kUnknownKeys{"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
                                                       "InvalidSecurity", "XAdminUserNotFound"};
constexpr std::array<std::string_view, 4> kOtherRegion{"PermanentRedirect", "AuthorizationHeaderMalformed",
                                                       "IllegalLocationConstraintException", "TemporaryRedirect"};
constexpr std::array<std::string_view, 3> kInTheWay{"ConditionalRequestConflict", "OperationAborted", "SlowDown"};

std::string Quoted(const ErrorDocument& document, int status) {
  if (document.code.empty()) return "status " + std::to_string(status);
  return document.code + (document.message.empty() ? "" : ": " + document.message);
}

S3Refusal Final(const ErrorDocument& document, ErrorCode code, std::string message) {
  return {Refusal::kFinal, document.code, {code, std::move(message), {}}};
}

/// Refusals of the whole set-up, which a person must mend.
S3Refusal ReadForbidden(const ErrorDocument& document, int status, const S3Names& names) {
  const auto quoted = Quoted(document, status);
  if (IsOneOf(document.code, kExpired)) {
    return {
        Refusal::kStaleSecret, document.code, {ErrorCode::kUnauthenticated, "credentials have expired: " + quoted, {}}};
  }
  if (document.code == "RequestTimeTooSkewed") {
    return Final(document, ErrorCode::kFailedPrecondition,
                 "the clock of this machine is wrong, says the S3 server " + names.host + ": " + quoted);
  }
  if (IsOneOf(document.code, kUnknownKeys) || status == 401) {
    return Final(document, ErrorCode::kUnauthenticated,
                 "the S3 server " + names.host + " does not accept the access key or its secret: " + quoted);
  }
  return Final(document, ErrorCode::kPermissionDenied,
               "no right to do this in the bucket " + names.bucket + " at " + names.host + ": " + quoted);
}

S3Refusal ReadOtherRegion(const ErrorDocument& document, const net::OutboundResponse& answer, const S3Names& names) {
  auto region = document.region;
  if (region.empty()) region = answer.Header("x-amz-bucket-region").value_or("");
  if (region.empty() || region == names.region) {
    return Final(document, ErrorCode::kFailedPrecondition,
                 "the S3 server " + names.host + " does not serve the bucket " + names.bucket +
                     "; check region and endpoint: " + Quoted(document, answer.status));
  }
  return Final(document, ErrorCode::kFailedPrecondition,
               "the bucket " + names.bucket + " is in the region " + region + ", not in " + names.region);
}

S3Refusal ReadNotFound(const ErrorDocument& document, const std::string& what, const S3Names& names) {
  if (document.code == "NoSuchBucket") {
    return Final(document, ErrorCode::kFailedPrecondition,
                 "there is no bucket " + names.bucket + " at " + names.host + "; create it first");
  }
  return Final(document, ErrorCode::kNotFound, "no such object: " + what);
}

}  // namespace

S3Refusal ReadRefusal(const net::OutboundResponse& answer, const std::string& what, const S3Names& names) {
  const auto document = ReadDocument(answer.body);
  const auto quoted = Quoted(document, answer.status);
  const std::string busy = "the S3 server " + names.host + " asks to come back later: " + quoted;
  const bool is_forbidden = answer.status == 401 || answer.status == 403;
  if (is_forbidden || IsOneOf(document.code, kExpired) || IsOneOf(document.code, kUnknownKeys)) {
    return ReadForbidden(document, answer.status, names);
  }
  if (IsOneOf(document.code, kInTheWay) || answer.status == 503 || answer.status == 429) {
    return {Refusal::kNotDone, document.code, {ErrorCode::kUnavailable, busy, {}}};
  }
  if (answer.status / 100 == 5 && answer.status != 501) {
    const std::string failed = "the S3 server " + names.host + " failed: " + quoted;
    return {Refusal::kUncertain, document.code, {ErrorCode::kUnavailable, failed, {}}};
  }
  if (document.code == "RequestTimeout") return {Refusal::kNotDone, document.code, {ErrorCode::kUnavailable, busy, {}}};
  if (IsOneOf(document.code, kOtherRegion) || answer.status / 100 == 3) return ReadOtherRegion(document, answer, names);
  if (answer.status == 404) return ReadNotFound(document, what, names);
  if (answer.status == 412) return Final(document, ErrorCode::kAlreadyExists, "the object exists: " + what);
  if (answer.status == 501) {
    return Final(document, ErrorCode::kUnsupported, "the S3 server " + names.host + " cannot do this: " + quoted);
  }
  return Final(document, ErrorCode::kInvalidArgument, "the S3 server refuses " + what + ": " + quoted);
}

}  // namespace tarn::store
