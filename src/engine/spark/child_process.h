// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of a program to its end, with a time limit and a way to stop it. It runs in a process group of its own and
// ends with this process, whatever ends this process. Free function; thread-safe.

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace tarn::engine {

struct ChildCall {
  std::vector<std::string> words;        ///< the program, looked for in PATH, and its arguments
  std::vector<std::string> environment;  ///< NAME=VALUE
  std::string folder;                    ///< where it runs
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
};

struct ChildOutcome {
  int exit_status = 0;  ///< 128 + n when a signal n ended it, as shells have it
  std::string output;   ///< the end of what it wrote to both outputs, at most kMaxChildOutput
};

inline constexpr size_t kMaxChildOutput = size_t{64} << 10;

/// Runs it. kCancelled, kDeadlineExceeded: it was ended, kindly at first; kFailedPrecondition: there is no such program
/// or it may not be run; kUnavailable: no process can be made.
Result<ChildOutcome> RunChild(const ChildCall& call);

}  // namespace tarn::engine
