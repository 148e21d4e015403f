// SPDX-License-Identifier: Apache-2.0
#pragma once
// A lock for work that is done one after the other: who asks gets it before whoever had it last, so that a loop that
// is never out of work does not keep others waiting. Lockable; thread-safe.

#include <mutex>

namespace tarn::upkeep {

class Turn {
 public:
  void lock() {
    const std::lock_guard asking(next_);
    turn_.lock();
  }
  void unlock() { turn_.unlock(); }

 private:
  std::mutex next_;  ///< held by the one who is next
  std::mutex turn_;
};

}  // namespace tarn::upkeep
