// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

namespace tarn::net {
namespace {

bool IsIdempotent(std::string_view method) { return method != "POST" && method != "PATCH"; }

}  // namespace

Client::Client()
    : http_(
          std::make_unique<OutboundClient>(OutboundClient::Options{.kept_connections = 1, .user_agent = "tarn-cli"})) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientResponse> Client::Do(const ClientRequest& request) {
  OutboundRequest outbound;
  outbound.method = request.method;
  outbound.url = request.url;
  outbound.headers = request.headers;
  outbound.body = request.body;
  outbound.response_limit_bytes = response_limit_bytes_;
  // Silence is no sign of trouble: a query may take its time.
  outbound.timeouts = {.connect = request.timeout, .idle = std::chrono::seconds(0), .total = request.timeout};
  const auto started = std::chrono::steady_clock::now();
  const auto is_late = [&] { return std::chrono::steady_clock::now() - started >= request.timeout; };
  auto response = http_->Do(outbound);
  // The server may have closed a kept connection just when this request was on its way.
  const bool is_lost = !response && response.error().code == ErrorCode::kUnknownOutcome && !is_late();
  if (is_lost && IsIdempotent(request.method)) response = http_->Do(outbound);
  const bool is_broken = !response && (response.error().code == ErrorCode::kUnknownOutcome ||
                                       response.error().code == ErrorCode::kUnavailable);
  if (is_broken && is_late()) return Fail(ErrorCode::kDeadlineExceeded, "the server did not answer in time");
  return response;
}

}  // namespace tarn::net
