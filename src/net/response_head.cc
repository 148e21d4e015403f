// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::net {
namespace {

struct NamedStatus {
  int status;
  std::string_view text;
};

constexpr std::array<NamedStatus, 32> kStatuses = {{{200, "OK"},
                                                    {201, "Created"},
                                                    {202, "Accepted"},
                                                    {204, "No Content"},
                                                    {206, "Partial Content"},
                                                    {301, "Moved Permanently"},
                                                    {302, "Found"},
                                                    {304, "Not Modified"},
                                                    {307, "Temporary Redirect"},
                                                    {308, "Permanent Redirect"},
                                                    {400, "Bad Request"},
                                                    {401, "Unauthorized"},
                                                    {403, "Forbidden"},
                                                    {404, "Not Found"},
                                                    {405, "Method Not Allowed"},
                                                    {406, "Not Acceptable"},
                                                    {408, "Request Timeout"},
                                                    {409, "Conflict"},
                                                    {412, "Precondition Failed"},
                                                    {413, "Content Too Large"},
                                                    {414, "URI Too Long"},
                                                    {415, "Unsupported Media Type"},
                                                    {416, "Range Not Satisfiable"},
                                                    {422, "Unprocessable Content"},
                                                    {429, "Too Many Requests"},
                                                    {431, "Request Header Fields Too Large"},
                                                    {499, "Client Closed Request"},
                                                    {500, "Internal Server Error"},
                                                    {501, "Not Implemented"},
                                                    {503, "Service Unavailable"},
                                                    {504, "Gateway Timeout"},
                                                    {505, "HTTP Version Not Supported"}}};

void AppendNumber(std::string& out, size_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

// A line break inside a value would begin a header of somebody else's choice.
void AppendFieldText(std::string& out, std::string_view text) {
  const size_t start = out.size();
  out.append(text);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), is_control, ' ');
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  AppendFieldText(out, name);
  out.append(": ");
  AppendFieldText(out, value);
  out.append("\r\n");
}

}  // namespace

std::string_view StatusText(int status) {
  const auto named = std::ranges::lower_bound(kStatuses, status, {}, &NamedStatus::status);
  return named != kStatuses.end() && named->status == status ? named->text : std::string_view();
}

bool HasNoBody(int status) { return status / 100 == 1 || status == 204 || status == 304; }

void AppendResponseHead(std::string& out, const Response& response, const ResponseFrame& frame) {
  if (response.status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
  } else {
    out.append("HTTP/1.1 ");
    AppendNumber(out, static_cast<size_t>(response.status));
    out.append(" ").append(StatusText(response.status)).append("\r\n");
  }
  if (frame.content_length || frame.is_chunked) {
    if (response.content_type.empty()) {
      out.append("Content-Type: application/json\r\n");
    } else {
      AppendField(out, "Content-Type", response.content_type);
    }
  }
  if (frame.content_length) {
    out.append("Content-Length: ");
    AppendNumber(out, *frame.content_length);
    out.append("\r\n");
  } else if (frame.is_chunked && frame.is_http11) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  out.append("X-Request-Id: ").append(frame.request_id).append("\r\n");
  out.append(frame.cors_fields);
  for (const auto& [name, value] : response.headers) AppendField(out, name, value);
  if (frame.closes) {
    out.append("Connection: close\r\n");
  } else if (!frame.is_http11) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("Date: ").append(frame.date).append("\r\n\r\n");
}

}  // namespace tarn::net
