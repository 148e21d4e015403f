// SPDX-License-Identifier: Apache-2.0
// Request heads and chunked bodies, in pieces as a socket may deliver them.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "net/request_parser.h"

namespace {
constexpr size_t kHeadLimitBytes = size_t{128} << 10;
constexpr size_t kBodyLimitBytes = size_t{32} << 10;
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = size_t{data[0]} + 1;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  tarn::net::Request request;
  tarn::net::InputBuffer input;
  tarn::net::RequestParser parser(request, kHeadLimitBytes);
  bool in_body = false;
  while (!rest.empty()) {
    const auto room = input.Room();
    const size_t bytes = std::min({piece, rest.size(), room.size()});
    std::memcpy(room.data(), rest.data(), bytes);
    input.Commit(bytes);
    rest.remove_prefix(bytes);
    const auto state = in_body ? parser.ParseChunks(input, kBodyLimitBytes) : parser.ParseHead(input);
    if (state == tarn::net::ParseState::kMore) continue;
    if (state != tarn::net::ParseState::kDone || in_body || !parser.is_chunked()) break;
    in_body = true;
  }
  (void)request.query();
  (void)request.Header("content-type");
  return 0;
}
