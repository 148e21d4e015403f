// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes of a log segment but for its frames: the header block and the groups' headers with their seeded checksums
// (durability.md §3.2, docs/formats/log.md). Pure functions and plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tarn::ingest {

inline constexpr uint64_t kBlockBytes = 4096;  ///< groups start on multiples of it; block 0 is the segment header
inline constexpr uint64_t kGroupHeaderBytes = 40;
inline constexpr uint32_t kLogVersion = 1;

constexpr uint64_t RoundUpToBlock(uint64_t bytes) { return (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes; }

/// The last group written before something, group 0 = none.
struct LogEnd {
  uint64_t incarnation = 0;
  uint64_t segment = 0;
  uint64_t group = 0;

  bool operator==(const LogEnd&) const = default;
};

struct SegmentHeader {
  std::string lake_id;
  uint64_t incarnation = 0;
  uint64_t segment = 0;
  uint64_t size_bytes = 0;     ///< of the file; a shorter file was truncated
  LogEnd previous;             ///< where the log ended when this segment was made
  Timestamp last_insert_date;  ///< no record before this segment is later
};

/// One block.
std::string EncodeSegmentHeader(const SegmentHeader& header);
/// kCorrupt for anything but a whole header, kUnsupported for a newer layout.
Result<SegmentHeader> DecodeSegmentHeader(std::string_view block);

/// What every group checksum of a segment starts from.
uint32_t GroupSeed(const SegmentHeader& header);

enum class GroupKind : uint8_t { kData = 1, kClosing = 2 };

struct GroupHeader {
  GroupKind kind = GroupKind::kData;
  uint32_t frame_count = 0;
  uint64_t segment = 0;
  uint64_t group = 0;
  uint64_t payload_bytes = 0;
  uint32_t checksum = 0;

  uint64_t total_bytes() const { return RoundUpToBlock(kGroupHeaderBytes + payload_bytes); }
};

/// Fills the first kGroupHeaderBytes of `group_bytes` (header room and payload, unpadded), checksum included.
void SealGroup(const GroupHeader& header, uint32_t seed, std::string& group_bytes);

/// Reads the header at the front of `bytes`; nullopt when no group of this layout starts there. Says nothing about the
/// checksum.
std::optional<GroupHeader> ReadGroupHeader(std::string_view bytes);

/// Whether `bytes` (header and payload) carry the checksum their header names.
bool GroupIsIntact(const GroupHeader& header, uint32_t seed, std::string_view bytes);

/// "00000000000000000007.log" and back; nullopt for any other name.
std::string SegmentFileName(uint64_t segment);
std::optional<uint64_t> SegmentOfFileName(std::string_view name);

}  // namespace tarn::ingest
