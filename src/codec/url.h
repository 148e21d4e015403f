// SPDX-License-Identifier: Apache-2.0
#pragma once
// Percent-encoding (RFC 3986 §2.1) and query strings (application/x-www-form-urlencoded) for the HTTP server and
// client. Thread-safe.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tarn::codec {

/// Replaces %XX by its byte; `+` stays. kInvalidArgument when a % is not followed by two hexadecimal digits.
Result<std::string> PercentDecode(std::string_view text);

/// Encodes every byte but the unreserved ones (letters, digits, - . _ ~); fits a path segment or a query value.
std::string PercentEncode(std::string_view text);

/// Parts of a query string (without the ?) in their order; + is a blank. A % without two digits stays as it is, as
/// browsers read it. A part without = has an empty value; empty parts are skipped.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);

}  // namespace tarn::codec
