// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers all routes share: JSON bodies, errors by code, 422 lists (http-api.md §1.1). The only place that maps error
// codes to statuses. Free functions; thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "contract/record_checker.h"
#include "net/message.h"

namespace tarn::api {

/// One entry of a 422 answer.
using Problem = contract::BodyError;

net::Response JsonAnswer(const codec::OrderedJson& body, int status = 200);

/// {"message": …}
net::Response MessageAnswer(std::string_view message);

/// The error's status and message; object-store and file paths in it are redacted. 5xx of our own making say no more
/// than that something went wrong; the details are in the log.
net::Response ErrorAnswer(const Error& error);

/// As ErrorAnswer with a status the HTTP contract fixes.
net::Response ErrorAnswer(int status, const Error& error);

net::Response ProblemsAnswer(const std::vector<Problem>& problems);

/// The errors of one record: [{field, message, type}].
codec::OrderedJson ErrorsJson(const std::vector<contract::FieldError>& errors);

/// 501 naming what this build does not do.
net::Response NotInThisBuild(std::string_view what);

/// Replaces URLs and absolute paths by "<redacted>".
std::string Redacted(std::string_view text);

}  // namespace tarn::api
