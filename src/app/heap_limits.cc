// SPDX-License-Identifier: Apache-2.0
#include "app/heap_limits.h"

#include <malloc.h>

namespace tarn::app {
namespace {

/// Threads share them; those that run at once are few.
constexpr int kHeaps = 4;
/// Blocks from this size on go back to the system when they are freed.
constexpr int kMappedBlockBytes = 1 << 20;
/// What may stay unused at the end of each heap.
constexpr int kKeptBytes = 1 << 20;

}  // namespace

void LimitIdleHeap() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, kHeaps);
  mallopt(M_MMAP_THRESHOLD, kMappedBlockBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
#endif
}

}  // namespace tarn::app
