// SPDX-License-Identifier: Apache-2.0
#include "api/answers.h"

#include <algorithm>
#include <cctype>

#include "base/log.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

constexpr int kRetryAfterSeconds = 1;

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 400;  // http-api.md §3: a duplicate create is 400
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kFailedPrecondition:
      return 412;
    case ErrorCode::kResourceExhausted:
      return 503;
    case ErrorCode::kCancelled:
      return 499;
    case ErrorCode::kDeadlineExceeded:
      return 408;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kUnknownOutcome:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Characters that end a path or URL inside a sentence.
bool EndsPath(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '"' || c == '\'' || c == ')' || c == ',';
}

/// Length of a path or URL that starts at `at`; 0 when none does.
size_t PathLength(std::string_view text, size_t at) {
  const bool starts_word =
      at == 0 || EndsPath(text[at - 1]) || text[at - 1] == '(' || text[at - 1] == ':' || text[at - 1] == '=';
  const auto rest = text.substr(at);
  const auto scheme = rest.find("://");
  const bool url = starts_word && scheme != std::string_view::npos && scheme > 0 && scheme < 8 &&
                   std::ranges::all_of(
                       rest.substr(0, scheme), [](unsigned char c) { return std::isalnum(c) != 0; }) &&
                   !rest.starts_with("http");
  const bool path = starts_word && rest.size() > 2 && rest[0] == '/' &&
                    std::isalnum(static_cast<unsigned char>(rest[1])) != 0 &&
                    rest.substr(0, rest.find_first_of(" \t\n\"'),")).substr(1).contains('/');
  if (!url && !path) return 0;
  size_t length = 0;
  while (length < rest.size() && !EndsPath(rest[length])) ++length;
  return length;
}

}  // namespace

std::string Redacted(std::string_view text) {
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const auto length = PathLength(text, at);
    if (length == 0) {
      clean += text[at++];
      continue;
    }
    clean += "<redacted>";
    at += length;
  }
  return clean;
}

net::Response JsonAnswer(const codec::OrderedJson& body, int status) {
  net::Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, codec::OrderedJson::error_handler_t::replace);
  return response;
}

net::Response MessageAnswer(std::string_view message) { return JsonAnswer({{"message", message}}); }

net::Response ErrorAnswer(const Error& error) { return ErrorAnswer(StatusOf(error.code), error); }

net::Response ErrorAnswer(int status, const Error& error) {
  if (status == 500) {
    LogError("request failed", {{"error", error.ToString()}});
    return net::ErrorResponse(500, "internal error; the server's log has the details", ErrorCodeName(error.code));
  }
  auto response = net::ErrorResponse(status, Redacted(error.message), ErrorCodeName(error.code));
  if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterSeconds));
  return response;
}

net::Response ProblemsAnswer(const std::vector<Problem>& problems) {
  auto list = codec::OrderedJson::array();
  for (const auto& problem : problems) {
    auto loc = codec::OrderedJson::array();
    for (const auto& part : problem.loc) {
      if (IsDigits(part)) {
        loc.push_back(std::stoll(part));
      } else {
        loc.push_back(part);
      }
    }
    list.push_back({{"type", problem.type}, {"loc", std::move(loc)}, {"msg", problem.message}});
  }
  return net::ErrorResponseWithJson(422, list.dump(-1, ' ', false, codec::OrderedJson::error_handler_t::replace));
}

codec::OrderedJson ErrorsJson(const std::vector<contract::FieldError>& errors) {
  auto array = codec::OrderedJson::array();
  for (const auto& error : errors) {
    array.push_back({{"field", error.field}, {"message", error.message}, {"type", error.type}});
  }
  return array;
}

net::Response NotInThisBuild(std::string_view what) {
  return net::ErrorResponse(501, std::string(what) + " is not in this build", "not_in_this_build");
}

}  // namespace tarn::api
