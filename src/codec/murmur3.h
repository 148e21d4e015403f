// SPDX-License-Identifier: Apache-2.0
#pragma once
// MurmurHash3, the x86 variant with 32 bits: a fixed hash that open formats agree on. Not for hostile keys.
// Thread-safe.

#include <cstdint>
#include <string_view>

namespace tarn::codec {

uint32_t Murmur3(std::string_view data, uint32_t seed = 0);

}  // namespace tarn::codec
