// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several blocking calls at once: loops whose rounds wait for I/O more than they compute. The caller works too, so that
// it never waits for a pool that is full, not even from one of its threads. Thread-safe.

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "base/worker_pool.h"

namespace tarn {

/// As many requests as a loop without a pool keeps under way at a store.
inline constexpr size_t kParallelReads = 8;

/// Calls `work(0)` … `work(count - 1)`, at most `width` at once. The first error by number; calls behind an error may
/// be left out.
Status RunParallel(WorkerPool& pool, size_t count, size_t width, const std::function<Status(size_t)>& work);

/// The same, at most kParallelReads at once on threads of its own.
Status ForEachInParallel(size_t count, const std::function<Status(size_t)>& work);

}  // namespace tarn
