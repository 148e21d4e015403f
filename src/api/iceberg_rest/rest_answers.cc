// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/rest_answers.h"

#include "api/answers.h"
#include "base/log.h"

namespace tarn::api::iceberg_rest {

net::Response Refusal(int status, std::string_view type, std::string_view message) {
  return JsonAnswer({{"error", {{"message", message}, {"type", type}, {"code", status}}}}, status);
}

net::Response NoSuchNamespace(std::string_view name) {
  return Refusal(404, "NoSuchNamespaceException", "namespace does not exist: " + std::string(name));
}

net::Response NoSuchTable(std::string_view name) {
  return Refusal(404, "NoSuchTableException", "there is no Iceberg table " + std::string(name));
}

net::Response BadRequest(std::string_view message) { return Refusal(400, "BadRequestException", message); }

net::Response NotSupported(std::string_view what) {
  return Refusal(406, "UnsupportedOperationException", std::string(what) + " is not in this build");
}

net::Response Failure(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return BadRequest(Redacted(error.message));
    case ErrorCode::kNotFound:
      return Refusal(404, "NoSuchTableException", Redacted(error.message));
    case ErrorCode::kUnsupported:
      return Refusal(406, "UnsupportedOperationException", Redacted(error.message));
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted: {
      auto answer = Refusal(503, "ServiceUnavailableException", Redacted(error.message));
      answer.headers.emplace_back("Retry-After", "1");
      return answer;
    }
    default:
      LogError("catalog request failed", {{"error", error.ToString()}});
      return Refusal(500, "InternalServerError", "internal error; the server's log has the details");
  }
}

net::Response Empty(int status) {
  net::Response response;
  response.status = status;
  return response;
}

}  // namespace tarn::api::iceberg_rest
