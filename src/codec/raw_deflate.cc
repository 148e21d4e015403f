// SPDX-License-Identifier: Apache-2.0
#include "codec/raw_deflate.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <memory>

#include "codec/bounded_output.h"
#include "codec/deflate.h"

namespace tarn::codec {
namespace {

constexpr int kRawWindow = -15;  // zlib: largest window, no wrapper
constexpr int kLeastWindowBits = 9;
constexpr int kMostWindowBits = 15;
constexpr int kMostMemoryLevel = 8;
constexpr uInt kMostTrailingBytes = 4;  // zlib's wrapper ends with an Adler-32
constexpr size_t kAssumedRatio = 6;
constexpr size_t kFirstOutputBytes = size_t{16} << 10;

std::unexpected<Error> Damaged(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, "damaged deflate stream: " + std::string(why));
}

}  // namespace

Result<std::string> RawDeflate(std::string_view data, int level) {
  // Tables no larger than the data: setting up the largest costs more than packing a few records.
  const int window_bits = std::clamp(static_cast<int>(std::bit_width(data.size())), kLeastWindowBits, kMostWindowBits);
  const int memory_level = std::min(window_bits - 6, kMostMemoryLevel);
  return Deflate(data, {.level = level, .window_bits = -window_bits, .memory_level = memory_level});
}

Result<std::string> RawInflate(std::string_view data, size_t limit_bytes) {
  if (data.size() > UINT_MAX / 2) return Fail(ErrorCode::kResourceExhausted, "too large for one deflate stream");
  z_stream stream{};
  if (inflateInit2(&stream, kRawWindow) != Z_OK) return Fail(ErrorCode::kResourceExhausted, "no memory for inflate");
  const auto end = [](z_stream* state) { inflateEnd(state); };
  const std::unique_ptr<z_stream, decltype(end)> guard(&stream, end);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  BoundedOutput output(std::max(kFirstOutputBytes, data.size() * kAssumedRatio), limit_bytes);
  while (true) {
    const auto room = output.Room();
    const auto space = static_cast<uInt>(std::min<size_t>(room.size(), UINT_MAX));
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = space;
    const int code = inflate(&stream, Z_NO_FLUSH);
    if (!output.Advance(space - stream.avail_out)) {
      return Fail(ErrorCode::kResourceExhausted,
                  "decompressed size is over the limit of " + std::to_string(limit_bytes) + " bytes");
    }
    if (code == Z_STREAM_END) break;
    if (code == Z_BUF_ERROR && stream.avail_in == 0) return Damaged("it ends early");
    if (code != Z_OK && code != Z_BUF_ERROR) return Damaged(stream.msg != nullptr ? stream.msg : "unreadable");
  }
  if (stream.avail_in > kMostTrailingBytes) return Damaged("something follows it");
  return output.Take();
}

}  // namespace tarn::codec
