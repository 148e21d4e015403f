// SPDX-License-Identifier: Apache-2.0
#include "app/http_answers.h"

namespace tarn::app {
namespace {

constexpr size_t kMaxQuotedBytes = 400;

ErrorCode CodeOf(int status) {
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 408:
      return ErrorCode::kDeadlineExceeded;
    case 409:
      return ErrorCode::kConflict;
    case 501:
      return ErrorCode::kUnsupported;
    case 429:
    case 503:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

/// `[{"loc":["body","sql"],"msg":"Field required"}]` → "body.sql: Field required".
std::string ProblemsText(const codec::Json& problems) {
  std::string text;
  for (const auto& problem : problems) {
    std::string place;
    if (problem.is_object() && problem.contains("loc") && problem["loc"].is_array()) {
      for (const auto& part : problem["loc"]) {
        place += (place.empty() ? "" : ".") + (part.is_string() ? part.get<std::string>() : part.dump());
      }
    }
    const auto message = problem.is_object() ? problem.value("msg", codec::Json()) : codec::Json();
    text += (text.empty() ? "" : "; ") + (place.empty() ? "" : place + ": ") +
            (message.is_string() ? message.get<std::string>() : codec::Dump(problem));
  }
  return text;
}

std::string DetailText(const net::ClientResponse& answer) {
  const auto body = codec::ParseJson(answer.body);
  if (!body || !body->is_object() || !body->contains("detail")) return answer.body.substr(0, kMaxQuotedBytes);
  const auto& detail = (*body)["detail"];
  if (detail.is_string()) return detail.get<std::string>();
  if (detail.is_array()) return ProblemsText(detail);
  return codec::Dump(detail);
}

}  // namespace

Error ErrorOf(const net::ClientResponse& answer) {
  return {CodeOf(answer.status), DetailText(answer) + " [HTTP " + std::to_string(answer.status) + "]", {}};
}

Result<codec::OrderedJson> BodyOf(const net::ClientResponse& answer) {
  if (answer.status != 200) return Fail(ErrorOf(answer));
  return codec::ParseOrderedJson(answer.body);
}

}  // namespace tarn::app
