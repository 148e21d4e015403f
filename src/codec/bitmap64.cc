// SPDX-License-Identifier: Apache-2.0
#include "codec/bitmap64.h"

#include <roaring/roaring.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "codec/byte_codec.h"
#include "codec/roaring_check.h"

namespace tarn::codec {
namespace {

constexpr uint32_t kReadAtOnce = 512;

uint32_t HighOf(uint64_t value) { return static_cast<uint32_t>(value >> 32); }
uint32_t LowOf(uint64_t value) { return static_cast<uint32_t>(value); }
uint64_t Join(uint32_t high, uint64_t low) { return uint64_t{high} << 32 | low; }

/// The part of [begin, last] that lies in `high`'s range, as low words.
struct LowRange {
  uint32_t first = 0;
  uint32_t last = 0;
};

LowRange Within(uint32_t high, uint64_t begin, uint64_t last) {
  return {.first = HighOf(begin) == high ? LowOf(begin) : 0, .last = HighOf(last) == high ? LowOf(last) : UINT32_MAX};
}

void AppendLows(const roaring_bitmap_t& bitmap, uint32_t high, LowRange range, std::vector<uint64_t>& out) {
  roaring_uint32_iterator_t iterator;
  roaring_init_iterator(&bitmap, &iterator);
  if (!roaring_move_uint32_iterator_equalorlarger(&iterator, range.first)) return;
  std::array<uint32_t, kReadAtOnce> lows{};
  for (;;) {
    const uint32_t count = roaring_read_uint32_iterator(&iterator, lows.data(), kReadAtOnce);
    for (uint32_t i = 0; i < count; ++i) {
      if (lows[i] > range.last) return;
      out.push_back(Join(high, lows[i]));
    }
    if (count < kReadAtOnce) return;
  }
}

}  // namespace

void Bitmap64::Free::operator()(roaring_bitmap_s* bitmap) const { roaring_bitmap_free(bitmap); }

Bitmap64::Part Bitmap64::CopyOf(const Part& part) {
  Part copy(roaring_bitmap_copy(part.get()));
  TARN_ASSERT(copy != nullptr);
  return copy;
}

Bitmap64::Bitmap64(const Bitmap64& other) {
  for (const auto& [high, part] : other.parts_) parts_.emplace(high, CopyOf(part));
}

Bitmap64& Bitmap64::operator=(const Bitmap64& other) {
  if (this == &other) return *this;
  Bitmap64 copy(other);
  parts_.swap(copy.parts_);
  return *this;
}

roaring_bitmap_s* Bitmap64::PartOf(uint32_t high) {
  Part& part = parts_[high];
  if (part == nullptr) part.reset(roaring_bitmap_create());
  TARN_ASSERT(part != nullptr);
  return part.get();
}

void Bitmap64::Add(uint64_t value) { roaring_bitmap_add(PartOf(HighOf(value)), LowOf(value)); }

void Bitmap64::AddRange(uint64_t begin, uint64_t end) {
  if (begin >= end) return;
  const uint64_t last = end - 1;
  for (uint64_t high = HighOf(begin); high <= HighOf(last); ++high) {
    const LowRange range = Within(static_cast<uint32_t>(high), begin, last);
    roaring_bitmap_add_range_closed(PartOf(static_cast<uint32_t>(high)), range.first, range.last);
  }
}

void Bitmap64::Remove(uint64_t value) {
  const auto found = parts_.find(HighOf(value));
  if (found != parts_.end()) roaring_bitmap_remove(found->second.get(), LowOf(value));
}

Bitmap64& Bitmap64::operator|=(const Bitmap64& other) {
  for (const auto& [high, part] : other.parts_) roaring_bitmap_or_inplace(PartOf(high), part.get());
  return *this;
}

Bitmap64& Bitmap64::operator-=(const Bitmap64& other) {
  if (this == &other) {
    parts_.clear();
    return *this;
  }
  for (auto& [high, part] : parts_) {
    const auto found = other.parts_.find(high);
    if (found != other.parts_.end()) roaring_bitmap_andnot_inplace(part.get(), found->second.get());
  }
  return *this;
}

bool Bitmap64::Contains(uint64_t value) const {
  const auto found = parts_.find(HighOf(value));
  return found != parts_.end() && roaring_bitmap_contains(found->second.get(), LowOf(value));
}

bool Bitmap64::Intersects(const Bitmap64& other) const {
  return std::ranges::any_of(parts_, [&](const auto& entry) {
    const auto found = other.parts_.find(entry.first);
    return found != other.parts_.end() && roaring_bitmap_intersect(entry.second.get(), found->second.get());
  });
}

bool Bitmap64::empty() const {
  return std::ranges::all_of(parts_, [](const auto& entry) { return roaring_bitmap_is_empty(entry.second.get()); });
}

uint64_t Bitmap64::Cardinality() const {
  uint64_t total = 0;
  for (const auto& [high, part] : parts_) total += roaring_bitmap_get_cardinality(part.get());
  return total;
}

uint64_t Bitmap64::CardinalityIn(uint64_t begin, uint64_t end) const {
  if (begin >= end) return 0;
  const uint64_t last = end - 1;
  uint64_t total = 0;
  for (auto i = parts_.lower_bound(HighOf(begin)); i != parts_.end() && i->first <= HighOf(last); ++i) {
    const LowRange range = Within(i->first, begin, last);
    total += roaring_bitmap_rank(i->second.get(), range.last);
    if (range.first > 0) total -= roaring_bitmap_rank(i->second.get(), range.first - 1);
  }
  return total;
}

uint64_t Bitmap64::Maximum() const {
  for (auto i = parts_.rbegin(); i != parts_.rend(); ++i) {
    if (!roaring_bitmap_is_empty(i->second.get())) return Join(i->first, roaring_bitmap_maximum(i->second.get()));
  }
  return 0;
}

bool Bitmap64::operator==(const Bitmap64& other) const {
  const auto equal_or_empty = [](const std::map<uint32_t, Part>& left, const std::map<uint32_t, Part>& right) {
    return std::ranges::all_of(left, [&](const auto& entry) {
      const auto found = right.find(entry.first);
      return found == right.end() ? roaring_bitmap_is_empty(entry.second.get())
                                  : roaring_bitmap_equals(entry.second.get(), found->second.get());
    });
  };
  return equal_or_empty(parts_, other.parts_) && equal_or_empty(other.parts_, parts_);
}

void Bitmap64::AppendRange(uint64_t begin, uint64_t end, std::vector<uint64_t>& out) const {
  if (begin >= end) return;
  const uint64_t last = end - 1;
  for (auto i = parts_.lower_bound(HighOf(begin)); i != parts_.end() && i->first <= HighOf(last); ++i) {
    AppendLows(*i->second, i->first, Within(i->first, begin, last), out);
  }
}

std::vector<uint64_t> Bitmap64::Values() const {
  std::vector<uint64_t> values;
  values.reserve(Cardinality());
  for (const auto& [high, part] : parts_) {
    AppendLows(*part, high, {.first = 0, .last = UINT32_MAX}, values);
  }
  return values;
}

std::string Bitmap64::Encode() const {
  std::vector<std::pair<uint32_t, Part>> kept;
  for (const auto& [high, part] : parts_) {
    if (!roaring_bitmap_is_empty(part.get())) kept.emplace_back(high, CopyOf(part));
  }
  std::string bytes;
  ByteWriter writer(bytes);
  writer.U64(kept.size());
  for (const auto& [high, part] : kept) {
    roaring_bitmap_run_optimize(part.get());
    writer.U32(high);
    const size_t at = bytes.size();
    bytes.resize(at + roaring_bitmap_portable_size_in_bytes(part.get()));
    roaring_bitmap_portable_serialize(part.get(), bytes.data() + at);
  }
  return bytes;
}

Result<Bitmap64> Bitmap64::Decode(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto count = reader.U64();
  if (!count) return Fail(ErrorCode::kCorrupt, "a bitmap is cut short");
  Bitmap64 bitmap;
  for (uint64_t i = 0; i < *count; ++i) {
    const auto high = reader.U32();
    const auto size = high ? CheckRoaring32(bytes.substr(reader.position())) : std::nullopt;
    if (!size) return Fail(ErrorCode::kCorrupt, "a bitmap is cut short or malformed");
    if (!bitmap.parts_.empty() && *high <= bitmap.parts_.rbegin()->first) {
      return Fail(ErrorCode::kCorrupt, "a bitmap's parts are not in order");
    }
    const std::string_view part_bytes = *reader.Bytes(*size);
    Part part(roaring_bitmap_portable_deserialize_safe(part_bytes.data(), part_bytes.size()));
    if (part == nullptr) return Fail(ErrorCode::kCorrupt, "a bitmap cannot be read");
    bitmap.parts_.emplace_hint(bitmap.parts_.end(), *high, std::move(part));
  }
  if (reader.remaining() != 0) return Fail(ErrorCode::kCorrupt, "bytes follow a bitmap's end");
  return bitmap;
}

}  // namespace tarn::codec
