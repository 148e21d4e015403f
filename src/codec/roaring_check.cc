// SPDX-License-Identifier: Apache-2.0
#include "codec/roaring_check.h"

#include <bit>
#include <cstdint>
#include <vector>

#include "codec/byte_codec.h"

namespace tarn::codec {
namespace {

constexpr uint32_t kCookie = 12346;
constexpr uint16_t kCookieWithRuns = 12347;
constexpr uint32_t kMaxContainers = 65536;
constexpr uint32_t kMaxArrayMembers = 4096;
constexpr uint32_t kBitsetBytes = 8192;
/// Without runs always, with runs from this many containers on, a table of offsets follows the keys.
constexpr uint32_t kContainersWithOffsets = 4;

struct Container {
  uint16_t key = 0;
  uint32_t members = 0;
  bool runs = false;
};

bool CheckRuns(ByteReader& reader, uint32_t members) {
  const auto count = reader.U16();
  if (!count || *count == 0) return false;
  uint32_t total = 0;
  uint32_t next = 0;  // least value the next run may start with
  for (uint32_t i = 0; i < *count; ++i) {
    const auto start = reader.U16();
    const auto more = reader.U16();  // members behind the first one
    if (!start || !more || *start < next) return false;
    const uint32_t last = uint32_t{*start} + *more;
    if (last >= kMaxContainers) return false;
    total += *more + 1U;
    next = last + 1;
  }
  return total == members;
}

bool CheckArray(ByteReader& reader, uint32_t members) {
  uint32_t next = 0;
  for (uint32_t i = 0; i < members; ++i) {
    const auto value = reader.U16();
    if (!value || *value < next) return false;
    next = *value + 1U;
  }
  return true;
}

bool CheckBitset(ByteReader& reader, uint32_t members) {
  if (reader.remaining() < kBitsetBytes) return false;
  uint32_t total = 0;
  for (uint32_t i = 0; i < kBitsetBytes / sizeof(uint64_t); ++i) {
    total += static_cast<uint32_t>(std::popcount(*reader.U64()));
  }
  return total == members;
}

std::optional<std::vector<Container>> ReadContainers(ByteReader& reader) {
  const auto cookie = reader.U32();
  if (!cookie) return std::nullopt;
  const bool with_runs = (*cookie & 0xFFFFU) == kCookieWithRuns;
  uint32_t count = (*cookie >> 16) + 1;
  std::string_view run_flags;
  if (with_runs) {
    const auto flags = reader.Bytes((count + 7) / 8);
    if (!flags) return std::nullopt;
    run_flags = *flags;
  } else {
    const auto stored = reader.U32();
    if (*cookie != kCookie || !stored || *stored > kMaxContainers) return std::nullopt;
    count = *stored;
  }
  if (reader.remaining() / 4 < count) return std::nullopt;
  std::vector<Container> containers(count);
  for (uint32_t i = 0; i < count; ++i) {
    containers[i].key = *reader.U16();
    containers[i].members = *reader.U16() + 1U;
    containers[i].runs = with_runs && (static_cast<uint8_t>(run_flags[i / 8]) >> (i % 8) & 1) != 0;
    if (i > 0 && containers[i].key <= containers[i - 1].key) return std::nullopt;
  }
  if ((!with_runs || count >= kContainersWithOffsets) && !reader.Bytes(size_t{count} * 4)) return std::nullopt;
  return containers;
}

}  // namespace

std::optional<size_t> CheckRoaring32(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto containers = ReadContainers(reader);
  if (!containers) return std::nullopt;
  for (const Container& container : *containers) {
    const bool fine = container.runs                          ? CheckRuns(reader, container.members)
                      : container.members <= kMaxArrayMembers ? CheckArray(reader, container.members)
                                                              : CheckBitset(reader, container.members);
    if (!fine) return std::nullopt;
  }
  return reader.position();
}

}  // namespace tarn::codec
