// SPDX-License-Identifier: Apache-2.0
#include "codec/deflate.h"

#include <zlib.h>

#include <climits>

namespace tarn::codec {

Result<std::string> Deflate(std::string_view data, DeflateShape shape) {
  if (data.size() > UINT_MAX / 2) return Fail(ErrorCode::kResourceExhausted, "too large for one deflate stream");
  z_stream stream{};
  if (deflateInit2(&stream, shape.level, Z_DEFLATED, shape.window_bits, shape.memory_level, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return Fail(ErrorCode::kResourceExhausted, "no memory for deflate");
  }
  std::string output(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  const int code = deflate(&stream, Z_FINISH);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return Fail(ErrorCode::kInternal, "deflate did not finish");
  return output;
}

}  // namespace tarn::codec
