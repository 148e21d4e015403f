// SPDX-License-Identifier: Apache-2.0
#include "net/error_body.h"

#include "codec/json_text.h"

namespace tarn::net {

Response ErrorResponseWithJson(int status, std::string_view detail_json, std::string_view code) {
  Response response;
  response.status = status;
  response.adds_request_id = true;
  response.body.append("{\"detail\":").append(detail_json);
  if (!code.empty()) {
    response.body.append(",\"code\":");
    codec::AppendJsonString(response.body, code);
  }
  response.body.push_back('}');
  return response;
}

Response ErrorResponse(int status, std::string_view detail, std::string_view code) {
  std::string text;
  codec::AppendJsonString(text, detail);
  return ErrorResponseWithJson(status, text, code);
}

}  // namespace tarn::net
