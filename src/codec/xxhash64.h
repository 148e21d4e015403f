// SPDX-License-Identifier: Apache-2.0
#pragma once
// XXH64: a fixed, fast hash with 64 bits, for what is stored and must mean the same to every later build. Not for
// hostile keys where collisions would harm. Thread-safe.

#include <cstdint>
#include <string_view>

namespace tarn::codec {

uint64_t XxHash64(std::string_view data, uint64_t seed = 0);

}  // namespace tarn::codec
