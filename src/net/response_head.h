// SPDX-License-Identifier: Apache-2.0
#pragma once
// Status lines and header fields of answers, appended to a reused buffer. Internal to net. Thread-safe.

#include <optional>
#include <string>
#include <string_view>

#include "net/message.h"

namespace tarn::net {

/// What the server adds to a handler's Response.
struct ResponseFrame {
  std::string_view request_id;
  std::string_view date;                 ///< IMF-fixdate
  std::string_view cors_fields;          ///< whole lines
  std::optional<size_t> content_length;  ///< absent for a chunked body, and for statuses without body
  bool is_chunked = false;
  bool is_http11 = true;
  bool closes = false;
};

/// "OK" for 200 and so on; empty for a status without a name.
std::string_view StatusText(int status);

/// Whether answers of this status have no body and no length (RFC 9110 §6.4.1).
bool HasNoBody(int status);

void AppendResponseHead(std::string& out, const Response& response, const ResponseFrame& frame);

}  // namespace tarn::net
