// SPDX-License-Identifier: Apache-2.0
#pragma once
// One line on a terminal that shows that a long verb is at work: how far, at what, for how long; gone when it ends.
// Nothing is drawn where standard error is no terminal. Thread-safe.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace tarn::app {

/// The line: a bar where the total is known, a moving sign where it is not; never wider than `columns`.
std::string ProgressLine(std::string_view verb, std::string_view at, uint64_t done, uint64_t total, double seconds,
                         size_t columns);

class Progress {
 public:
  /// Starts drawing. `verb` is what runs: "fsck".
  explicit Progress(std::string verb);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` parts are finished (total 0 = not known); `at` is being worked on.
  void At(std::string_view at, uint64_t done, uint64_t total);

  static constexpr std::chrono::milliseconds kRedraw{100};
  static constexpr std::chrono::milliseconds kFirstDraw{400};  ///< what is over sooner shows nothing

 private:
  void Draw();

  const std::string verb_;
  const std::chrono::steady_clock::time_point started_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string at_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  bool over_ = false;
  std::thread painter_;
};

}  // namespace tarn::app
