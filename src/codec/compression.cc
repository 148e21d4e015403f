// SPDX-License-Identifier: Apache-2.0
#include "codec/compression.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "codec/bounded_output.h"
#include "codec/deflate.h"

namespace tarn::codec {
namespace {

constexpr size_t kFirstOutputBytes = size_t{64} << 10;
constexpr size_t kAssumedRatio = 8;
constexpr int kGzipWindow = 15 + 16;     // zlib: largest window, gzip wrapper
constexpr int kLeastZstdWindowLog = 23;  // RFC 8878 §3.1.1.1.2: every decoder reads windows of 8 MiB
constexpr int kMostZstdWindowLog = 27;

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

std::unexpected<Error> OverLimit(size_t limit_bytes) {
  return Fail(ErrorCode::kResourceExhausted,
              "decompressed size is over the limit of " + std::to_string(limit_bytes) + " bytes");
}
std::unexpected<Error> Damaged(std::string_view format, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, "damaged " + std::string(format) + " stream: " + std::string(why));
}

Result<std::string> Gunzip(std::string_view data, size_t limit_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return Fail(ErrorCode::kResourceExhausted, "no memory for inflate");
  const auto end = [](z_stream* state) { inflateEnd(state); };
  const std::unique_ptr<z_stream, decltype(end)> guard(&stream, end);
  BoundedOutput output(std::max(kFirstOutputBytes, data.size() * kAssumedRatio), limit_bytes, kDecompressPadding);
  bool inside_member = true;
  while (inside_member || !data.empty()) {
    if (!inside_member) {
      inflateReset(&stream);
      inside_member = true;
    }
    const auto room = output.Room();
    const auto input = static_cast<uInt>(std::min<size_t>(data.size(), UINT_MAX));
    const auto space = static_cast<uInt>(std::min<size_t>(room.size(), UINT_MAX));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = input;
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = space;
    const int code = inflate(&stream, Z_NO_FLUSH);
    if (!output.Advance(space - stream.avail_out)) return OverLimit(limit_bytes);
    data.remove_prefix(input - stream.avail_in);
    if (code == Z_STREAM_END) {
      inside_member = false;
    } else if (code == Z_BUF_ERROR) {
      if (data.empty()) return Damaged("gzip", "it ends early");
    } else if (code != Z_OK) {
      return Damaged("gzip", stream.msg != nullptr ? stream.msg : "unreadable");
    }
  }
  return output.Take();
}

int WindowLogFor(size_t limit_bytes) {
  return std::clamp(static_cast<int>(std::bit_width(limit_bytes)), kLeastZstdWindowLog, kMostZstdWindowLog);
}

Result<std::string> Unzstd(std::string_view data, size_t limit_bytes) {
  const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  if (context == nullptr) return Fail(ErrorCode::kResourceExhausted, "no memory for zstd");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, WindowLogFor(limit_bytes));
  size_t first_bytes = std::max(kFirstOutputBytes, data.size() * kAssumedRatio);
  const auto declared = ZSTD_getFrameContentSize(data.data(), data.size());
  if (declared != ZSTD_CONTENTSIZE_ERROR && declared != ZSTD_CONTENTSIZE_UNKNOWN) {
    if (declared > limit_bytes) return OverLimit(limit_bytes);
    first_bytes = std::min<size_t>(first_bytes, declared);
  }
  BoundedOutput output(first_bytes, limit_bytes, kDecompressPadding);
  ZSTD_inBuffer input{data.data(), data.size(), 0};
  size_t wanted = 1;  // 0 after the last byte of a frame
  while (wanted != 0 || input.pos < input.size) {
    const auto room = output.Room();
    const size_t consumed = input.pos;
    ZSTD_outBuffer target{room.data(), room.size(), 0};
    wanted = ZSTD_decompressStream(context.get(), &target, &input);
    if (ZSTD_isError(wanted) != 0) {
      if (ZSTD_getErrorCode(wanted) == ZSTD_error_frameParameter_windowTooLarge) return OverLimit(limit_bytes);
      return Damaged("zstd", ZSTD_getErrorName(wanted));
    }
    if (!output.Advance(target.pos)) return OverLimit(limit_bytes);
    if (wanted != 0 && input.pos == input.size && target.pos == 0 && input.pos == consumed) {
      return Damaged("zstd", "it ends early");
    }
  }
  return output.Take();
}

}  // namespace

Result<std::string> ZstdCompress(std::string_view data, int level) {
  const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  if (context == nullptr) return Fail(ErrorCode::kResourceExhausted, "no memory for zstd");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string output(ZSTD_compressBound(data.size()), '\0');
  const size_t size = ZSTD_compress2(context.get(), output.data(), output.size(), data.data(), data.size());
  if (ZSTD_isError(size) != 0) {
    return Fail(ErrorCode::kInternal, std::string("zstd failed: ") + ZSTD_getErrorName(size));
  }
  output.resize(size);
  return output;
}

Result<std::string> GzipCompress(std::string_view data, int level) {
  return Deflate(data, {.level = level, .window_bits = kGzipWindow});
}

Result<std::string> Decompress(Encoding encoding, std::string_view data, size_t limit_bytes) {
  switch (encoding) {
    case Encoding::kGzip:
      return Gunzip(data, limit_bytes);
    case Encoding::kZstd:
      return Unzstd(data, limit_bytes);
    case Encoding::kIdentity:
      break;
  }
  if (data.size() > limit_bytes) return OverLimit(limit_bytes);
  std::string output;
  output.reserve(data.size() + kDecompressPadding);
  output = data;
  return output;
}

struct ZstdWriter::Context {
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> handle{ZSTD_createCCtx()};
};

ZstdWriter::ZstdWriter(int level) : context_(std::make_unique<Context>()) {
  TARN_ASSERT(context_->handle != nullptr);
  ZSTD_CCtx_setParameter(context_->handle.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_->handle.get(), ZSTD_c_checksumFlag, 1);
}
ZstdWriter::~ZstdWriter() = default;
ZstdWriter::ZstdWriter(ZstdWriter&&) noexcept = default;
ZstdWriter& ZstdWriter::operator=(ZstdWriter&&) noexcept = default;

Status ZstdWriter::Run(std::string_view data, int directive) {
  ZSTD_inBuffer input{data.data(), data.size(), 0};
  size_t pending = 1;
  while (input.pos < input.size || (directive == ZSTD_e_end && pending != 0)) {
    const size_t used = output_.size();
    const size_t grown = used + std::max<size_t>(ZSTD_CStreamOutSize(), used / 2);
    size_t written = 0;
    output_.resize_and_overwrite(grown, [&](char* text, size_t) {
      ZSTD_outBuffer target{text + used, grown - used, 0};
      pending =
          ZSTD_compressStream2(context_->handle.get(), &target, &input, static_cast<ZSTD_EndDirective>(directive));
      written = target.pos;
      return used + written;
    });
    if (ZSTD_isError(pending) != 0) {
      return Fail(ErrorCode::kInternal, std::string("zstd failed: ") + ZSTD_getErrorName(pending));
    }
  }
  return {};
}

Status ZstdWriter::Append(std::string_view data) {
  raw_bytes_ += data.size();
  return Run(data, ZSTD_e_continue);
}

Result<std::string> ZstdWriter::Finish() {
  TARN_TRY(Run({}, ZSTD_e_end));
  raw_bytes_ = 0;
  return std::exchange(output_, {});
}

struct ZstdReader::Context {
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> handle{ZSTD_createDCtx()};
};

ZstdReader::ZstdReader(Source source) : context_(std::make_unique<Context>()), source_(std::move(source)) {
  TARN_ASSERT(context_->handle != nullptr);
}
ZstdReader::ZstdReader(std::string compressed)
    : ZstdReader(Source([]() -> Result<std::string> { return std::string(); })) {
  chunk_ = std::move(compressed);
}
ZstdReader::~ZstdReader() = default;
ZstdReader::ZstdReader(ZstdReader&&) noexcept = default;
ZstdReader& ZstdReader::operator=(ZstdReader&&) noexcept = default;

Result<size_t> ZstdReader::Read(std::span<char> out) {
  if (out.empty()) return size_t{0};
  while (!ended_) {
    if (position_ == chunk_.size()) {
      TARN_ASSIGN(chunk_, source_());
      position_ = 0;
      ended_ = chunk_.empty();
    }
    // At the end of the input the decoder may still hold finished bytes of an open frame.
    if (ended_ && !inside_frame_) break;
    ZSTD_inBuffer input{chunk_.data(), chunk_.size(), position_};
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    const size_t wanted = ZSTD_decompressStream(context_->handle.get(), &target, &input);
    if (ZSTD_isError(wanted) != 0) return Damaged("zstd", ZSTD_getErrorName(wanted));
    position_ = input.pos;
    inside_frame_ = wanted != 0;
    if (target.pos > 0) {
      ended_ = false;
      return target.pos;
    }
    if (ended_ && inside_frame_) {
      ended_ = false;
      return Damaged("zstd", "it ends early");
    }
  }
  return size_t{0};
}

}  // namespace tarn::codec
