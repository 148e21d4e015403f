// SPDX-License-Identifier: Apache-2.0
#include "aws/credential_sources.h"

#include <array>
#include <fstream>
#include <sstream>

#include "aws/profile.h"
#include "codec/json.h"

namespace tarn::aws {
namespace {

/// Both services are on this machine or beside it.
constexpr net::OutboundTimeouts kNearby{.connect = std::chrono::milliseconds(1'000),
                                        .idle = std::chrono::seconds(3),
                                        .total = std::chrono::milliseconds(5'000)};
constexpr size_t kAnswerLimitBytes = 64 << 10;

net::OutboundRequest RequestTo(std::string method, std::string url) {
  net::OutboundRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.timeouts = kNearby;
  request.response_limit_bytes = kAnswerLimitBytes;
  return request;
}

std::string Member(const codec::Json& document, std::string_view name) {
  const auto member = document.find(name);
  return member != document.end() && member->is_string() ? member->get<std::string>() : std::string();
}

/// The document both services answer with.
Result<Credentials> ReadAnswer(const std::string& body, const std::string& source) {
  const auto document = codec::ParseJson(body);
  if (!document || !document->is_object()) {
    return Fail(ErrorCode::kUnavailable, source + " answered with something else than credentials");
  }
  Credentials credentials;
  credentials.access_key_id = Member(*document, "AccessKeyId");
  credentials.secret_access_key = Member(*document, "SecretAccessKey");
  credentials.session_token = Member(*document, "Token");
  credentials.source = source;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Fail(ErrorCode::kUnauthenticated, source + " has no credentials: " + Member(*document, "Code"));
  }
  if (const auto expiration = Member(*document, "Expiration"); !expiration.empty()) {
    TARN_ASSIGN(credentials.expires, ParseTimestamp(expiration));
  }
  return credentials;
}

Result<std::string> Answered(Result<net::OutboundResponse> answer, const std::string& source) {
  if (!answer) return Fail(ErrorCode::kUnavailable, source + " does not answer: " + answer.error().message);
  if (answer->status != 200) {
    return Fail(ErrorCode::kUnavailable, source + " answered with status " + std::to_string(answer->status));
  }
  return std::move(answer->body);
}

/// Whether a token may be sent there in clear text.
bool IsNearby(std::string_view url) {
  constexpr std::array<std::string_view, 5> kHosts{"http://127.0.0.1", "http://localhost", "http://[::1]",
                                                   "http://169.254.170.2", "http://[fd00:ec2::23]"};
  for (const auto host : kHosts) {
    if (!url.starts_with(host)) continue;
    const auto rest = url.substr(host.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/' || rest == "3" || rest.starts_with("3/"))
      return true;
  }
  return false;
}

Result<std::string> ContainerToken(const Environment& environment) {
  const auto path = ValueOf(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path.empty()) return ValueOf(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  std::ifstream file(path);
  if (!file) return Fail(ErrorCode::kUnavailable, "cannot read the container's token file " + path);
  std::stringstream text;
  text << file.rdbuf();
  auto token = text.str();
  token.erase(token.find_last_not_of(" \r\n\t") + 1);
  return token;
}

}  // namespace

MaybeCredentials FromEnvironment(const Environment& environment) {
  Credentials credentials;
  credentials.access_key_id = ValueOf(environment, "AWS_ACCESS_KEY_ID");
  credentials.secret_access_key = ValueOf(environment, "AWS_SECRET_ACCESS_KEY");
  credentials.session_token = ValueOf(environment, "AWS_SESSION_TOKEN");
  credentials.source = "the environment";
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) return std::nullopt;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Fail(ErrorCode::kUnauthenticated, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set");
  }
  return credentials;
}

MaybeCredentials FromProfile(const CredentialSettings& settings) {
  const auto name = ProfileName(settings.environment, settings.profile);
  const bool is_chosen = !settings.profile.empty() || !ValueOf(settings.environment, "AWS_PROFILE").empty();
  TARN_ASSIGN(auto profile, LoadProfile(settings.environment, name));
  if (profile.empty() && is_chosen) return Fail(ErrorCode::kUnauthenticated, "no AWS profile named " + name);
  Credentials credentials;
  credentials.access_key_id = profile["aws_access_key_id"];
  credentials.secret_access_key = profile["aws_secret_access_key"];
  credentials.session_token = profile["aws_session_token"];
  credentials.source = "the profile " + name;
  if (!credentials.access_key_id.empty() && !credentials.secret_access_key.empty()) return credentials;
  for (const auto* needs : {"role_arn", "sso_session", "sso_start_url", "credential_process"}) {
    if (profile.contains(needs)) {
      return Fail(ErrorCode::kUnsupported, "the AWS profile " + name + " needs " + needs +
                                               ", which is not supported; give access keys or use the machine's role");
    }
  }
  return std::nullopt;
}

MaybeCredentials FromContainer(const CredentialSettings& settings, net::OutboundClient& client) {
  const auto relative = ValueOf(settings.environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = ValueOf(settings.environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return std::nullopt;
  const std::string source = "the container's credential endpoint";
  if (relative.empty() && !full.starts_with("https://") && !IsNearby(full)) {
    return Fail(ErrorCode::kPermissionDenied, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine");
  }
  auto request = RequestTo("GET", relative.empty() ? full : settings.container_endpoint + relative);
  TARN_ASSIGN(const auto token, ContainerToken(settings.environment));
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  TARN_ASSIGN(const auto body, Answered(client.Do(request), source));
  TARN_ASSIGN(auto credentials, ReadAnswer(body, source));
  return credentials;
}

MaybeCredentials FromInstance(const CredentialSettings& settings, net::OutboundClient& client) {
  if (ValueOf(settings.environment, "AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
  const auto moved = ValueOf(settings.environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const auto base = moved.empty() ? settings.metadata_endpoint : moved;
  const std::string source = "the instance's metadata service";
  auto ask_token = RequestTo("PUT", base + "/latest/api/token");
  ask_token.headers.emplace_back("X-aws-ec2-metadata-token-ttl-seconds", "21600");
  const auto token = client.Do(ask_token);
  if (!token || token->status != 200) return std::nullopt;  // not an instance of theirs
  const auto get = [&](const std::string& path) -> Result<std::string> {
    auto request = RequestTo("GET", base + path);
    request.headers.emplace_back("X-aws-ec2-metadata-token", token->body);
    return Answered(client.Do(request), source);
  };
  const std::string folder = "/latest/meta-data/iam/security-credentials/";
  TARN_ASSIGN(const auto roles, get(folder));
  const auto role = roles.substr(0, roles.find('\n'));
  if (role.empty()) return Fail(ErrorCode::kUnauthenticated, "this instance has no role");
  TARN_ASSIGN(const auto body, get(folder + role));
  TARN_ASSIGN(auto credentials, ReadAnswer(body, source));
  return credentials;
}

}  // namespace tarn::aws
