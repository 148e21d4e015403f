// SPDX-License-Identifier: Apache-2.0
#include "codec/fuse_filter.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "codec/byte_codec.h"

namespace tarn::codec {
namespace {

constexpr size_t kHeaderBytes = 16;
constexpr uint32_t kMaxSegmentLength = 1U << 18;
/// A seed fails about once in a hundred; so many failures in a row mean that hashes collide by design.
constexpr uint64_t kMaxSeeds = 64;

}  // namespace

/// Finds for each hash a slot that no later one needs, by taking away hashes that are alone in a slot.
class FuseFilter::Peeling {
 public:
  Peeling(const Shape& shape, const std::vector<uint64_t>& hashes) : shape_(shape), slots_(shape.slots()) {
    for (const auto hash : hashes) Toggle(Mix(hash, shape_.seed), 1);
  }

  /// Whether all hashes could be taken away.
  bool Run(size_t hashes) {
    std::vector<uint32_t> alone;
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].count == 1) alone.push_back(slot);
    }
    order_.reserve(hashes);
    while (!alone.empty()) {
      const auto slot = alone.back();
      alone.pop_back();
      if (slots_[slot].count != 1) continue;
      const auto mixed = slots_[slot].mixed;
      order_.push_back({mixed, slot});
      Toggle(mixed, -1);
      for (const auto other : SlotsOf(shape_, mixed)) {
        if (slots_[other].count == 1) alone.push_back(other);
      }
    }
    return order_.size() == hashes;
  }

  std::vector<uint16_t> Fingerprints() const {
    std::vector<uint16_t> fingerprints(slots_.size());
    for (auto taken = order_.rbegin(); taken != order_.rend(); ++taken) {
      auto value = FingerprintOf(taken->mixed);
      for (const auto slot : SlotsOf(shape_, taken->mixed)) value ^= fingerprints[slot];
      fingerprints[taken->slot] = value;  // it was 0 until now
    }
    return fingerprints;
  }

 private:
  struct Slot {
    uint64_t mixed = 0;  ///< of all its hashes, by exclusive or
    int32_t count = 0;
  };
  struct Taken {
    uint64_t mixed = 0;
    uint32_t slot = 0;
  };

  void Toggle(uint64_t mixed, int32_t step) {
    for (const auto slot : SlotsOf(shape_, mixed)) {
      slots_[slot].mixed ^= mixed;
      slots_[slot].count += step;
    }
  }

  const Shape shape_;
  std::vector<Slot> slots_;
  std::vector<Taken> order_;
};

FuseFilter::Shape FuseFilter::ShapeFor(size_t hashes) {
  // The constants are the paper's, section 4: with them a seed almost always works.
  const auto count = std::max(2.0, static_cast<double>(hashes));
  const auto exponent = static_cast<int>(std::floor(std::log(count) / std::log(3.33) + 2.25));
  const double factor = std::max(1.125, 0.875 + 0.25 * std::log(1e6) / std::log(count));
  Shape shape;
  shape.segment_length = std::min(kMaxSegmentLength, 1U << exponent);
  const auto wanted = static_cast<size_t>(std::ceil(count * factor));
  const auto segments = (wanted + shape.segment_length - 1) / shape.segment_length;
  shape.segments = static_cast<uint32_t>(std::max<size_t>(segments, 3) - 2);
  return shape;
}

uint64_t FuseFilter::Mix(uint64_t hash, uint64_t seed) {
  auto mixed = hash + seed;
  mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdULL;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return mixed ^ (mixed >> 33);
}

std::array<uint32_t, 3> FuseFilter::SlotsOf(const Shape& shape, uint64_t mixed) {
  // The high bits choose where the first segment begins, others the place in each of the next two.
  using Wide = unsigned __int128;
  const auto range = uint64_t{shape.segments} * shape.segment_length;
  const auto first = static_cast<uint32_t>((Wide{mixed} * range) >> 64);
  const uint32_t mask = shape.segment_length - 1;
  return {first, (first + shape.segment_length) ^ (static_cast<uint32_t>(mixed >> 18) & mask),
          (first + 2 * shape.segment_length) ^ (static_cast<uint32_t>(mixed) & mask)};
}

Result<FuseFilter> FuseFilter::Build(std::vector<uint64_t> hashes) {
  std::ranges::sort(hashes);
  hashes.erase(std::ranges::unique(hashes).begin(), hashes.end());
  if (hashes.size() > kMaxHashes) return Fail(ErrorCode::kInvalidArgument, "too many keys for a filter");
  auto shape = ShapeFor(hashes.size());
  for (; shape.seed < kMaxSeeds; ++shape.seed) {
    Peeling peeling(shape, hashes);
    if (peeling.Run(hashes.size())) return FuseFilter(shape, peeling.Fingerprints());
  }
  return Fail(ErrorCode::kInternal, "no seed makes a filter of these hashes");
}

bool FuseFilter::MayHold(uint64_t hash) const {
  const auto mixed = Mix(hash, shape_.seed);
  const auto [a, b, c] = SlotsOf(shape_, mixed);
  return (fingerprints_[a] ^ fingerprints_[b] ^ fingerprints_[c]) == FingerprintOf(mixed);
}

void FuseFilter::Encode(std::string& out) const {
  ByteWriter writer(out);
  writer.U64(shape_.seed);
  writer.U32(shape_.segment_length);
  writer.U32(shape_.segments);
  for (const auto fingerprint : fingerprints_) writer.U16(fingerprint);
}

Result<FuseFilter> FuseFilter::Decode(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return Fail(ErrorCode::kCorrupt, "a filter that ends early");
  Shape shape;
  shape.seed = LoadLittleEndian<uint64_t>(bytes.data());
  shape.segment_length = LoadLittleEndian<uint32_t>(bytes.data() + 8);
  shape.segments = LoadLittleEndian<uint32_t>(bytes.data() + 12);
  bytes.remove_prefix(kHeaderBytes);
  const bool sound = std::has_single_bit(shape.segment_length) && shape.segment_length <= kMaxSegmentLength &&
                     shape.segments > 0 && shape.segments <= 4 * kMaxHashes;
  if (!sound || bytes.size() != shape.slots() * sizeof(uint16_t)) {
    return Fail(ErrorCode::kCorrupt, "a filter whose shape does not fit its size");
  }
  std::vector<uint16_t> fingerprints(shape.slots());
  for (size_t i = 0; i < fingerprints.size(); ++i) {
    fingerprints[i] = LoadLittleEndian<uint16_t>(bytes.data() + i * sizeof(uint16_t));
  }
  return FuseFilter(shape, std::move(fingerprints));
}

}  // namespace tarn::codec
