// SPDX-License-Identifier: Apache-2.0
#include "codec/gzip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <climits>

#include "base/assert.h"

namespace tarn::codec {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: largest window, gzip wrapper

std::unexpected<Error> Damaged(const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, "damaged gzip stream: " + why);
}

}  // namespace

struct GzipReader::Context {
  Context() { TARN_ASSERT(inflateInit2(&stream, kGzipWindow) == Z_OK); }
  ~Context() { inflateEnd(&stream); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  z_stream stream{};
};

GzipReader::GzipReader(Source source) : context_(std::make_unique<Context>()), source_(std::move(source)) {}
GzipReader::~GzipReader() = default;
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;

Result<size_t> GzipReader::Read(std::span<char> out) {
  auto& stream = context_->stream;
  while (!out.empty()) {
    if (position_ == chunk_.size()) {
      TARN_ASSIGN(chunk_, source_());
      position_ = 0;
      if (chunk_.empty()) return inside_member_ ? Result<size_t>(Damaged("it ends early")) : size_t{0};
    }
    if (!inside_member_) inflateReset(&stream);
    inside_member_ = true;
    const auto input = static_cast<uInt>(std::min<size_t>(chunk_.size() - position_, UINT_MAX));
    const auto space = static_cast<uInt>(std::min<size_t>(out.size(), UINT_MAX));
    stream.next_in = reinterpret_cast<Bytef*>(chunk_.data() + position_);
    stream.avail_in = input;
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = space;
    const int code = inflate(&stream, Z_NO_FLUSH);
    position_ += input - stream.avail_in;
    if (code == Z_STREAM_END) {
      inside_member_ = false;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return Damaged(stream.msg != nullptr ? stream.msg : "unreadable");
    }
    if (stream.avail_out < space) return static_cast<size_t>(space - stream.avail_out);
  }
  return size_t{0};
}

}  // namespace tarn::codec
