// SPDX-License-Identifier: Apache-2.0
#pragma once
// A set of 64-bit hashes in some 18 bits each: it never denies a member and takes one stranger in 65,536 for one. A
// binary fuse filter with three positions (Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters",
// 2022). docs/formats/key-filter.md has its bytes. Immutable; thread-safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::codec {

class FuseFilter {
 public:
  /// Building takes about twenty bytes of memory a hash.
  static constexpr size_t kMaxHashes = 4U << 20;

  /// Hashes may repeat. kInvalidArgument for more than kMaxHashes.
  static Result<FuseFilter> Build(std::vector<uint64_t> hashes);

  bool MayHold(uint64_t hash) const;

  size_t size_bytes() const { return fingerprints_.size() * sizeof(uint16_t); }

  /// Appends the filter's bytes to `out`.
  void Encode(std::string& out) const;
  /// All of `bytes`. kCorrupt when they are no filter.
  static Result<FuseFilter> Decode(std::string_view bytes);

 private:
  struct Shape {
    uint64_t seed = 0;
    uint32_t segment_length = 0;  ///< a power of two
    uint32_t segments = 0;        ///< that a hash may start in; two more follow

    size_t slots() const { return (size_t{segments} + 2) * segment_length; }
  };

  static Shape ShapeFor(size_t hashes);
  static uint64_t Mix(uint64_t hash, uint64_t seed);
  static uint16_t FingerprintOf(uint64_t mixed) { return static_cast<uint16_t>(mixed ^ (mixed >> 32)); }
  static std::array<uint32_t, 3> SlotsOf(const Shape& shape, uint64_t mixed);
  class Peeling;

  FuseFilter(Shape shape, std::vector<uint16_t> fingerprints) : shape_(shape), fingerprints_(std::move(fingerprints)) {}

  Shape shape_;
  std::vector<uint16_t> fingerprints_;
};

}  // namespace tarn::codec
