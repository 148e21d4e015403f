// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a server's answer says to somebody at a terminal (http-api.md §1.1). Pure functions.

#include "base/result.h"
#include "codec/json.h"
#include "net/client.h"

namespace tarn::app {

/// The error in an answer that is none of 2xx: its `detail` in words, with the status.
Error ErrorOf(const net::ClientResponse& answer);

/// The JSON body of a 200 answer, else ErrorOf.
Result<codec::OrderedJson> BodyOf(const net::ClientResponse& answer);

/// Whether the same request may succeed later: no answer came, or the server was busy.
template <class Answer>
bool IsTransient(const Result<Answer>& answer) {
  constexpr int kTooManyRequests = 429;
  constexpr int kUnavailable = 503;
  if (answer) return answer->status == kUnavailable || answer->status == kTooManyRequests;
  const auto code = answer.error().code;
  return code == ErrorCode::kUnavailable || code == ErrorCode::kUnknownOutcome || code == ErrorCode::kDeadlineExceeded;
}

}  // namespace tarn::app
