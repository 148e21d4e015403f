// SPDX-License-Identifier: Apache-2.0
#pragma once
// gzip and zstd: request bodies (http-api.md §4, Content-Encoding) and landed objects (durability.md §4). No call
// allocates output past the limit it was given. Free functions are thread-safe, the classes thread-compatible.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

enum class Encoding { kIdentity, kGzip, kZstd };

/// Spare capacity that Decompress leaves behind the result, so that a parser may read past its end.
inline constexpr size_t kDecompressPadding = 64;

/// One frame with checksum and content size.
Result<std::string> ZstdCompress(std::string_view data, int level = 1);

/// One member; for answers and tests.
Result<std::string> GzipCompress(std::string_view data, int level = 6);

/// Reads the whole of `data`: several gzip members or zstd frames in a row are one stream. kInvalidArgument when it is
/// damaged, cut short or followed by something else; kResourceExhausted when the result would exceed `limit_bytes`.
Result<std::string> Decompress(Encoding encoding, std::string_view data, size_t limit_bytes);

/// Builds one zstd frame with checksum from appended parts.
class ZstdWriter {
 public:
  explicit ZstdWriter(int level = 1);
  ~ZstdWriter();
  ZstdWriter(ZstdWriter&&) noexcept;
  ZstdWriter& operator=(ZstdWriter&&) noexcept;

  Status Append(std::string_view data);
  /// Ends the frame and hands it over; the writer starts a new one.
  Result<std::string> Finish();

  size_t raw_bytes() const { return raw_bytes_; }             ///< appended since the frame began
  size_t compressed_bytes() const { return output_.size(); }  ///< written so far; a lower bound until Finish

 private:
  struct Context;
  Status Run(std::string_view data, int directive);

  std::unique_ptr<Context> context_;
  std::string output_;
  size_t raw_bytes_ = 0;
};

/// Pulls the plain bytes out of zstd frames that arrive in chunks.
class ZstdReader {
 public:
  /// Gives the next compressed chunk; an empty one is the end.
  using Source = std::function<Result<std::string>()>;

  explicit ZstdReader(Source source);
  /// Over one whole object.
  explicit ZstdReader(std::string compressed);
  ~ZstdReader();
  ZstdReader(ZstdReader&&) noexcept;
  ZstdReader& operator=(ZstdReader&&) noexcept;

  /// Fills the front of `out`; 0 is the end. kInvalidArgument when damaged or cut short, else the source's error.
  Result<size_t> Read(std::span<char> out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  Source source_;
  std::string chunk_;
  size_t position_ = 0;
  bool inside_frame_ = false;
  bool ended_ = false;
};

}  // namespace tarn::codec
