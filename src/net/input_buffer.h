// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes received on a connection and not parsed yet. Grows only when one request head needs it. Room() may move the
// bytes, so it must not be called while a receive into an earlier room is under way. Thread-compatible.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace tarn::net {

class InputBuffer {
 public:
  static constexpr size_t kInitialBytes = size_t{16} << 10;

  std::string_view text() const { return {storage_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  void Consume(size_t bytes) { begin_ += bytes; }
  void Commit(size_t bytes) { end_ += bytes; }

  /// At least kInitialBytes / 4 of free space behind the text.
  std::span<char> Room() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < kInitialBytes / 4) MakeRoom();
    return {storage_.get() + end_, capacity_ - end_};
  }

 private:
  void MakeRoom() {
    const size_t held = size();
    const size_t wanted = held <= capacity_ / 2 && capacity_ > 0 ? capacity_ : std::max(capacity_ * 2, kInitialBytes);
    if (wanted == capacity_) {
      std::memmove(storage_.get(), storage_.get() + begin_, held);
    } else {
      auto larger = std::make_unique_for_overwrite<char[]>(wanted);
      if (held > 0) std::memcpy(larger.get(), storage_.get() + begin_, held);
      storage_ = std::move(larger);
      capacity_ = wanted;
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> storage_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace tarn::net
