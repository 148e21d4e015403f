// SPDX-License-Identifier: Apache-2.0
#pragma once
// Room for a decoder whose result has an unknown size: a string that grows by doubling up to a limit. At the limit one
// spare byte shows whether there is more to come. Thread-compatible.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace tarn::codec {

class BoundedOutput {
 public:
  /// `padding_bytes`: spare capacity kept behind the result.
  BoundedOutput(size_t first_bytes, size_t limit_bytes, size_t padding_bytes = 0)
      : limit_(limit_bytes), padding_(padding_bytes) {
    Grow(first_bytes);
  }

  std::span<char> Room() {
    if (used_ == text_.size() && used_ < limit_) Grow(used_ * 2);
    if (used_ == text_.size()) return {&spare_, 1};
    return {text_.data() + used_, text_.size() - used_};
  }
  /// False when the bytes went into the spare byte: the limit is exceeded.
  [[nodiscard]] bool Advance(size_t bytes) {
    if (used_ == text_.size()) return bytes == 0;
    used_ += bytes;
    return true;
  }
  std::string Take() {
    text_.resize(used_);
    return std::move(text_);
  }

 private:
  void Grow(size_t bytes) {
    const size_t size = std::min(std::max<size_t>(bytes, 1), limit_);
    text_.reserve(size + padding_);
    text_.resize_and_overwrite(size, [size](char*, size_t) { return size; });
  }

  std::string text_;
  size_t used_ = 0;
  size_t limit_;
  size_t padding_;
  char spare_ = 0;
};

}  // namespace tarn::codec
