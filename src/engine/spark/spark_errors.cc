// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/spark_errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

namespace tarn::engine {
namespace {

constexpr size_t kMaxShown = 600;
constexpr std::string_view kState = "SQLSTATE: ";

/// Classes of SQLSTATE (ISO 9075-2, and those that Spark adds).
constexpr auto kByClass = std::to_array<std::pair<std::string_view, ErrorCode>>({
    {"08", ErrorCode::kUnavailable},
    {"0A", ErrorCode::kInvalidArgument},
    {"21", ErrorCode::kInvalidArgument},
    {"22", ErrorCode::kInvalidArgument},
    {"23", ErrorCode::kInvalidArgument},
    {"28", ErrorCode::kUnauthenticated},
    {"38", ErrorCode::kInvalidArgument},
    {"39", ErrorCode::kInvalidArgument},
    {"42", ErrorCode::kInvalidArgument},
    {"53", ErrorCode::kResourceExhausted},
    {"54", ErrorCode::kInvalidArgument},
    {"57", ErrorCode::kUnavailable},
    {"58", ErrorCode::kUnavailable},
});

/// Exceptions of Java's, Iceberg's and Hadoop's, what says most first.
constexpr auto kByException = std::to_array<std::pair<std::string_view, ErrorCode>>({
    {"OutOfMemoryError", ErrorCode::kResourceExhausted},
    {"NotAuthorizedException", ErrorCode::kUnauthenticated},
    {"ForbiddenException", ErrorCode::kPermissionDenied},
    {"AccessDeniedException", ErrorCode::kPermissionDenied},
    {"AccessControlException", ErrorCode::kPermissionDenied},
    {"ConnectException", ErrorCode::kUnavailable},
    {"ConnectionException", ErrorCode::kUnavailable},
    {"UnknownHostException", ErrorCode::kUnavailable},
    {"NoRouteToHostException", ErrorCode::kUnavailable},
    {"SocketTimeoutException", ErrorCode::kUnavailable},
    {"SocketException", ErrorCode::kUnavailable},
    {"NoHttpResponseException", ErrorCode::kUnavailable},
    {"ServiceUnavailableException", ErrorCode::kUnavailable},
    {"ServiceFailureException", ErrorCode::kUnavailable},
    {"RESTException", ErrorCode::kUnavailable},
    {"All masters are unresponsive", ErrorCode::kUnavailable},
    {"ExecutorLostFailure", ErrorCode::kUnavailable},
    {"FetchFailed", ErrorCode::kUnavailable},
});

bool IsConditionName(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

struct Condition {
  std::string_view text;  ///< from its name in brackets to the end of the line
  ErrorCode code = ErrorCode::kInternal;
};

/// "[DIVIDE_BY_ZERO] Division by zero. … SQLSTATE: 22012", wherever in the line it begins; the state may stand lines
/// below.
std::optional<Condition> ConditionIn(std::string_view rest) {
  const auto line = rest.substr(0, rest.find('\n'));
  for (auto open = line.find('['); open != std::string_view::npos; open = line.find('[', open + 1)) {
    const auto close = line.find(']', open);
    if (close == std::string_view::npos) return std::nullopt;
    if (!IsConditionName(line.substr(open + 1, close - open - 1))) continue;
    Condition condition{line.substr(open)};
    constexpr size_t kReach = 2000;
    const auto state = rest.substr(open, kReach).find(kState);
    if (state == std::string_view::npos) return std::nullopt;
    const auto kind = rest.substr(open + state + kState.size(), 2);
    const auto found = std::ranges::find(kByClass, kind, [](const auto& one) { return one.first; });
    if (found != kByClass.end()) condition.code = found->second;
    return condition;
  }
  return std::nullopt;
}

/// Of several, the one that the query is to blame for says most: others tell what came of it.
std::optional<Condition> FindCondition(std::string_view output) {
  std::optional<Condition> first;
  while (!output.empty()) {
    if (const auto found = ConditionIn(output)) {
      if (found->code == ErrorCode::kInvalidArgument) return found;
      if (!first) first = found;
    }
    const auto end = output.find('\n');
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
  }
  return first;
}

bool IsNoise(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.starts_with("\tat ")) return true;
  if (line.starts_with("WARNING: ") || line.starts_with("Spark ") || line.starts_with("Time taken")) return true;
  // "26/01/31 10:00:00 WARN …"
  return line.size() > 17 && line[2] == '/' && line[5] == '/' && line.find(" ERROR ") == std::string_view::npos;
}

/// The last line that is neither log nor stack.
std::string_view LastWords(std::string_view output) {
  while (!output.empty()) {
    const auto begin = output.rfind('\n') + 1;  // npos + 1 = 0
    const auto line = output.substr(begin);
    if (!IsNoise(line)) return line;
    output = output.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return {};
}

Error Failure(ErrorCode code, std::string_view text) {
  return {code, "spark: " + std::string(text.substr(0, kMaxShown)), {}};
}

}  // namespace

Error SparkError(std::string_view output, int exit_status) {
  const auto condition = FindCondition(output);
  if (condition && condition->code != ErrorCode::kInternal) return Failure(condition->code, condition->text);
  for (const auto& [name, code] : kByException) {
    const auto at = output.find(name);
    if (at == std::string_view::npos) continue;
    const auto begin = output.rfind('\n', at) + 1;
    return Failure(code, output.substr(begin, output.find('\n', at) - begin));
  }
  if (condition) return Failure(condition->code, condition->text);
  const auto words = LastWords(output);
  if (!words.empty()) return Failure(ErrorCode::kInternal, words);
  return Failure(ErrorCode::kInternal, "it ended with status " + std::to_string(exit_status) + " and said nothing");
}

}  // namespace tarn::engine
