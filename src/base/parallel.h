// SPDX-License-Identifier: Apache-2.0
#pragma once
// A loop whose rounds wait for I/O more than they compute: many objects read from a store at once. Stateless.

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace tarn {

/// As many requests as one loop keeps under way at a store.
inline constexpr size_t kParallelReads = 8;

/// Calls `round(0)` … `round(count - 1)` on at most kParallelReads threads, the caller's included, in no order. The
/// first error ends the loop: rounds under way finish, no further one begins.
Status ForEachInParallel(size_t count, const std::function<Status(size_t)>& round);

}  // namespace tarn
