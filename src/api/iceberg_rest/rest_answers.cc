// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/rest_answers.h"

#include "api/answers.h"
#include "base/log.h"
#include "codec/digest.h"
#include "table/iceberg/metadata_json.h"

namespace tarn::api::iceberg_rest {

net::Response Refusal(int status, std::string_view type, std::string_view message) {
  return JsonAnswer({{"error", {{"message", message}, {"type", type}, {"code", status}}}}, status);
}

net::Response BadRequest(std::string_view message) { return Refusal(400, "BadRequestException", message); }

net::Response Failure(const Error& error, Missing missing) {
  const std::string message = Redacted(error.message);
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return BadRequest(message);
    case ErrorCode::kNotFound:
      return Refusal(404, missing == Missing::kTable ? "NoSuchTableException" : "NoSuchNamespaceException", message);
    case ErrorCode::kAlreadyExists:
      return Refusal(409, "AlreadyExistsException", message);
    case ErrorCode::kConflict:
      return Refusal(409, "CommitFailedException", message);
    case ErrorCode::kFailedPrecondition:
      return Refusal(409, "ConflictException", message);
    case ErrorCode::kUnsupported:
      return Refusal(406, "UnsupportedOperationException", message);
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted: {
      auto answer = Refusal(503, "ServiceUnavailableException", message);
      answer.headers.emplace_back("Retry-After", "1");
      return answer;
    }
    case ErrorCode::kUnknownOutcome:
      LogError("catalog commit without an answer", {{"error", error.ToString()}});
      return Refusal(500, "CommitStateUnknownException", "it is not known whether the commit happened");
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

std::string TagOf(const catalog::LoadedTable& table, std::string_view snapshots) {
  const auto digest = codec::Sha256(table.metadata_uri + "?" + std::string(snapshots));
  return "\"" + codec::Hex(codec::AsBytes(digest)) + "\"";
}

net::Response TableAnswer(const catalog::LoadedTable& table, TableAnswerKind kind) {
  net::Response response;
  // The metadata are text already: they are not parsed again to be put inside.
  response.body = "{";
  if (!table.metadata_uri.empty()) {
    response.headers.emplace_back("ETag", TagOf(table, "all"));
    response.body += R"("metadata-location":)" + codec::Dump(codec::OrderedJson(table.metadata_uri)) + ",";
  }
  response.body += R"("metadata":)" + table::iceberg::EncodeMetadata(*table.metadata);
  response.body += kind == TableAnswerKind::kLoad ? R"(,"config":{}})" : "}";
  return response;
}

}  // namespace tarn::api::iceberg_rest
