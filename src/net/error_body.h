// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one shape of error answers (http-api.md §1.1): {"detail": …, "code"?, "request_id"}. Thread-safe.

#include <string_view>

#include "net/message.h"

namespace tarn::net {

/// JSON error with `detail` as a string and, unless empty, the stable word `code`. The server adds "request_id".
Response ErrorResponse(int status, std::string_view detail, std::string_view code = "");

/// As ErrorResponse, with `detail_json` (an array or object, already JSON) as the detail.
Response ErrorResponseWithJson(int status, std::string_view detail_json, std::string_view code = "");

}  // namespace tarn::net
