// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several blocking calls at once on a pool and the caller's own thread. The caller works too, so that it never waits
// for a pool that is full, not even from one of its threads. Thread-safe.

#include <functional>

#include "base/result.h"
#include "base/worker_pool.h"

namespace tarn::store {

/// Calls `work(0)` … `work(count - 1)`, at most `width` at once. The first error by number; calls behind an error may
/// be left out.
Status RunParallel(WorkerPool& pool, size_t count, size_t width, const std::function<Status(size_t)>& work);

}  // namespace tarn::store
