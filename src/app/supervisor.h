// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parent of `tarn serve`: runs the serving process, restarts it with backoff when it dies, passes signals on
// (durability.md §3.3). It opens nothing and has no threads.

#include <functional>

namespace tarn::app {

/// Runs `serve` in a child process until it ends for good; returns the exit code for the parent.
int Supervise(const std::function<int()>& serve);

}  // namespace tarn::app
