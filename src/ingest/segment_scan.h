// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the groups of one segment front to back and looks for what damage left behind (durability.md §3.4).
// Thread-compatible.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/frame.h"
#include "ingest/log_layout.h"
#include "ingest/segment.h"

namespace tarn::ingest {

struct ScannedGroup {
  GroupHeader header;
  uint64_t offset = 0;     ///< in the file
  std::string_view bytes;  ///< header and payload, until the next call
};

class SegmentScan {
 public:
  /// The segment outlives the scan.
  explicit SegmentScan(const Segment& segment);

  /// The next group when it is intact and the one that has to follow; nullopt when something else is there.
  Result<std::optional<ScannedGroup>> Next();

  /// File offset where Next looks.
  uint64_t position() const { return position_; }
  /// Number the group there has to have.
  uint64_t expected_group() const { return expected_group_; }

  /// File offset of an intact group of this segment at or behind position(), whatever its number.
  Result<std::optional<uint64_t>> FindIntact();

  /// Bytes at position() of a group that was begun and not finished; 0 when none can be recognized.
  Result<uint64_t> UnfinishedBytes();

 private:
  Result<std::string_view> Bytes(uint64_t offset, uint64_t size);
  Result<std::optional<ScannedGroup>> IntactAt(uint64_t offset);

  const Segment& segment_;
  const uint32_t seed_;
  uint64_t position_ = kBlockBytes;
  uint64_t expected_group_;
  std::string buffer_;
  uint64_t buffer_offset_ = 0;
};

/// Calls `visit` for each frame of the group with its file offset and bytes. kCorrupt when the payload is no row of
/// frames.
Status ForEachFrame(const ScannedGroup& group, uint64_t incarnation,
                    const std::function<Status(const FrameView&, uint64_t offset, uint64_t size)>& visit);

}  // namespace tarn::ingest
