// SPDX-License-Identifier: Apache-2.0
#pragma once
// CRC-32C (Castagnoli, RFC 3720 appendix B.4): checksum of log frames (durability.md §3) and of foreign formats. Uses
// the processor's instruction where there is one. Thread-safe.

#include <cstdint>
#include <string_view>

namespace tarn::codec {

/// Continues `crc`, the checksum of what came before, with `data`: Crc32cExtend(Crc32c(a), b) == Crc32c(a + b).
uint32_t Crc32cExtend(uint32_t crc, std::string_view data);

/// Checksum of `data`. `seed` other than 0 gives an unrelated family of checksums, as the log uses per incarnation.
inline uint32_t Crc32c(std::string_view data, uint32_t seed = 0) { return Crc32cExtend(seed, data); }

/// The table-driven form, for processors without the instruction; public so that tests compare the two.
uint32_t Crc32cPortable(uint32_t crc, std::string_view data);

}  // namespace tarn::codec
