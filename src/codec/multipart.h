// SPDX-License-Identifier: Apache-2.0
#pragma once
// A multipart/form-data body (RFC 7578) read part by part as its bytes arrive, in little memory. Belongs to one thread.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::codec {

/// The boundary of a Content-Type header's value; nullopt when it is no multipart/form-data or has none.
std::optional<std::string> MultipartBoundary(std::string_view content_type);

class MultipartReader {
 public:
  /// Headers of one part may have so many bytes.
  static constexpr size_t kMaxHeadBytes = 16ULL << 10;

  /// Gives the next bytes of the body; none is the end.
  using Source = std::function<Result<std::string>()>;

  MultipartReader(std::string_view boundary, Source source);

  struct Part {
    std::string name;
    std::optional<std::string> file_name;  ///< set for files
    std::string content_type;
  };

  /// The next part; what was not read of the last one is skipped. nullopt behind the last. kInvalidArgument when the
  /// body is no multipart body, else the source's error.
  Result<std::optional<Part>> NextPart();

  /// Next bytes of the part; none is its end.
  Result<std::string> Read();

 private:
  Result<bool> ReadOn();
  Result<std::string> TakeLine();

  const std::string delimiter_;  ///< CR LF and the boundary with its dashes
  const Source source_;
  std::string window_;
  bool begun_ = false;
  bool in_part_ = false;
  bool over_ = false;
};

}  // namespace tarn::codec
