// SPDX-License-Identifier: Apache-2.0
#pragma once
// How much freed memory the C library's heap may keep for a process that serves. Stateless.

namespace tarn::app {

/// Call before there are threads. The library keeps a heap for each of many threads, and after a large block was freed
/// once, up to 64 MiB unused in each of them; in a server that lands and merges in turns that becomes most of its
/// memory. Does nothing where the library has no such settings.
void LimitIdleHeap();

}  // namespace tarn::app
