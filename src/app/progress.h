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

/// How far a verb is.
struct ProgressState {
  std::string at{};       ///< what is being worked on
  uint64_t done = 0;      ///< parts that are finished
  uint64_t total = 0;     ///< 0 = not known
  bool in_bytes = false;  ///< the parts are bytes
};

/// The line: a bar where the total is known, a moving sign where it is not; never wider than `columns`.
std::string ProgressLine(std::string_view verb, const ProgressState& state, double seconds, size_t columns);

class Progress {
 public:
  /// Starts drawing. `verb` is what runs: "fsck".
  explicit Progress(std::string verb);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void At(ProgressState state);

  static constexpr std::chrono::milliseconds kRedraw{100};
  static constexpr std::chrono::milliseconds kFirstDraw{400};  ///< what is over sooner shows nothing

 private:
  void Draw();

  const std::string verb_;
  const std::chrono::steady_clock::time_point started_;
  std::mutex mutex_;
  std::condition_variable changed_;
  ProgressState state_;
  bool over_ = false;
  std::thread painter_;
};

}  // namespace tarn::app
