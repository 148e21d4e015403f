// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pulls the plain bytes out of gzip members that arrive in chunks; the counterpart of ZstdReader. Thread-compatible.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace tarn::codec {

class GzipReader {
 public:
  /// Gives the next compressed chunk; an empty one is the end.
  using Source = std::function<Result<std::string>()>;

  explicit GzipReader(Source source);
  ~GzipReader();
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;

  /// Fills the front of `out`; 0 is the end. kInvalidArgument when damaged or cut short, else the source's error.
  Result<size_t> Read(std::span<char> out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  Source source_;
  std::string chunk_;
  size_t position_ = 0;
  bool inside_member_ = false;
};

}  // namespace tarn::codec
