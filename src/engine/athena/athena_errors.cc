// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/athena_errors.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tarn::engine {
namespace {

using codec::Json;

constexpr size_t kMaxShown = 600;
/// AthenaError.ErrorCategory.
constexpr int kOfTheSystem = 1;
constexpr int kOfTheUser = 2;

/// What a reason begins with or says, where it says more than the error's category.
constexpr auto kByReason = std::to_array<std::pair<std::string_view, ErrorCode>>({
    {"Query exhausted resources", ErrorCode::kResourceExhausted},
    {"EXCEEDED_LOCAL_MEMORY_LIMIT", ErrorCode::kResourceExhausted},
    {"Query timeout", ErrorCode::kDeadlineExceeded},
    {"PERMISSION_DENIED", ErrorCode::kPermissionDenied},
    {"Insufficient permissions", ErrorCode::kPermissionDenied},
    {"Insufficient Lake Formation permission", ErrorCode::kPermissionDenied},
    {"Access Denied", ErrorCode::kPermissionDenied},
    {"is not authorized to perform", ErrorCode::kPermissionDenied},
});

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ErrorCode CodeOf(const Json& status, const std::string& reason) {
  if (TextOf(status, "State") == "CANCELLED") return ErrorCode::kCancelled;
  for (const auto& [words, code] : kByReason) {
    if (reason.find(words) != std::string::npos) return code;
  }
  const auto error = status.find("AthenaError");
  if (error == status.end() || !error->is_object()) return ErrorCode::kInternal;
  const auto retryable = error->find("Retryable");
  if (retryable != error->end() && retryable->is_boolean() && retryable->get<bool>()) return ErrorCode::kUnavailable;
  const auto category = error->find("ErrorCategory");
  const int of = category != error->end() && category->is_number_integer() ? category->get<int>() : kOfTheSystem;
  return of == kOfTheUser ? ErrorCode::kInvalidArgument : ErrorCode::kInternal;
}

}  // namespace

Error AthenaQueryError(const Json& status) {
  auto reason = TextOf(status, "StateChangeReason");
  const auto error = status.find("AthenaError");
  if (reason.empty() && error != status.end() && error->is_object()) reason = TextOf(*error, "ErrorMessage");
  if (reason.empty()) reason = "the query ended as " + TextOf(status, "State") + " without a reason";
  return {CodeOf(status, reason), "athena: " + reason.substr(0, kMaxShown), {}};
}

}  // namespace tarn::engine
