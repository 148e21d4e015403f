// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_errors.h"

#include <array>
#include <string_view>

#include "base/words.h"

namespace tarn::engine {
namespace {

constexpr size_t kMaxBodyShown = 300;

/// Names of Trino's errors that say more than their type.
constexpr auto kByName = std::to_array<std::pair<std::string_view, ErrorCode>>({
    {"USER_CANCELED", ErrorCode::kCancelled},
    {"ADMINISTRATIVELY_KILLED", ErrorCode::kCancelled},
    {"ADMINISTRATIVELY_PREEMPTED", ErrorCode::kUnavailable},
    {"EXCEEDED_TIME_LIMIT", ErrorCode::kDeadlineExceeded},
    {"PERMISSION_DENIED", ErrorCode::kPermissionDenied},
    {"QUERY_QUEUE_FULL", ErrorCode::kUnavailable},
    {"CLUSTER_OUT_OF_MEMORY", ErrorCode::kUnavailable},
    {"SERVER_STARTING_UP", ErrorCode::kUnavailable},
    {"SERVER_SHUTTING_DOWN", ErrorCode::kUnavailable},
    {"NO_NODES_AVAILABLE", ErrorCode::kUnavailable},
    {"REMOTE_HOST_GONE", ErrorCode::kUnavailable},
    {"REMOTE_TASK_ERROR", ErrorCode::kUnavailable},
    {"REMOTE_TASK_MISMATCH", ErrorCode::kUnavailable},
    {"TOO_MANY_REQUESTS_FAILED", ErrorCode::kUnavailable},
    {"PAGE_TRANSPORT_ERROR", ErrorCode::kUnavailable},
    {"PAGE_TRANSPORT_TIMEOUT", ErrorCode::kUnavailable},
    {"ABANDONED_QUERY", ErrorCode::kUnavailable},
    {"ABANDONED_TASK", ErrorCode::kUnavailable},
});

constexpr auto kByType = std::to_array<std::pair<std::string_view, ErrorCode>>({
    {"USER_ERROR", ErrorCode::kInvalidArgument},
    {"INSUFFICIENT_RESOURCES", ErrorCode::kResourceExhausted},
    {"EXTERNAL", ErrorCode::kUnavailable},
});

std::string TextOf(const codec::Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ErrorCode CodeOf(const std::string& name, const std::string& type) {
  if (const auto code = ValueOf(kByName, name)) return *code;
  return ValueOf(kByType, type).value_or(ErrorCode::kInternal);
}

ErrorCode CodeOfStatus(int status) {
  if (IsTrinoBusy(status)) return ErrorCode::kUnavailable;
  switch (status) {
    case 400:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
    case 410:
      return ErrorCode::kUnavailable;  // the server has started anew and does not know the query
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

Error TrinoQueryError(const codec::Json& error) {
  if (!error.is_object()) return {ErrorCode::kInternal, "trino: the query failed without a reason", {}};
  const auto name = TextOf(error, "errorName");
  return {CodeOf(name, TextOf(error, "errorType")), "trino: " + name + ": " + TextOf(error, "message"), {}};
}

Error TrinoStatusError(int status, const std::string& body) {
  return {CodeOfStatus(status),
          "trino answered with status " + std::to_string(status) + ": " + body.substr(0, kMaxBodyShown),
          {}};
}

bool IsTrinoBusy(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

}  // namespace tarn::engine
