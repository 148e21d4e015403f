// SPDX-License-Identifier: Apache-2.0
#pragma once
// Assertions for our own bugs, never for input. They stay on in release builds and end the process.

namespace tarn {
[[noreturn]] void AssertFailed(const char* expression, const char* file, int line);
}

#define TARN_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::tarn::AssertFailed(#condition, __FILE__, __LINE__))
