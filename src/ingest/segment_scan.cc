// SPDX-License-Identifier: Apache-2.0
#include "ingest/segment_scan.h"

#include <algorithm>

#include "codec/byte_codec.h"

namespace tarn::ingest {
namespace {

constexpr uint64_t kReadBytes = 4 << 20;

}  // namespace

SegmentScan::SegmentScan(const Segment& segment)
    : segment_(segment), seed_(GroupSeed(segment.header())), expected_group_(segment.header().previous.group + 1) {}

Result<std::string_view> SegmentScan::Bytes(uint64_t offset, uint64_t size) {
  if (offset < buffer_offset_ || offset + size > buffer_offset_ + buffer_.size()) {
    const auto left = segment_.size_bytes() - std::min(offset, segment_.size_bytes());
    buffer_.resize(std::min(std::max(size, kReadBytes), left));
    buffer_offset_ = offset;
    TARN_ASSIGN(const auto got, segment_.file().ReadAt(offset, std::span(buffer_.data(), buffer_.size())));
    buffer_.resize(got);
  }
  return std::string_view(buffer_).substr(offset - buffer_offset_, size);
}

Result<std::optional<ScannedGroup>> SegmentScan::IntactAt(uint64_t offset) {
  const std::optional<ScannedGroup> none;
  TARN_ASSIGN(const auto head, Bytes(offset, kGroupHeaderBytes));
  const auto header = ReadGroupHeader(head);
  if (!header || header->segment != segment_.number()) return none;
  if (header->payload_bytes > segment_.size_bytes() - offset) return none;
  TARN_ASSIGN(const auto bytes, Bytes(offset, kGroupHeaderBytes + header->payload_bytes));
  if (!GroupIsIntact(*header, seed_, bytes)) return none;
  return std::optional(ScannedGroup{*header, offset, bytes});
}

Result<std::optional<ScannedGroup>> SegmentScan::Next() {
  TARN_ASSIGN(auto group, IntactAt(position_));
  if (!group || group->header.group != expected_group_) return std::optional<ScannedGroup>();
  position_ += group->header.total_bytes();
  ++expected_group_;
  return group;
}

Result<std::optional<uint64_t>> SegmentScan::FindIntact() {
  for (auto offset = position_; offset + kGroupHeaderBytes <= segment_.size_bytes(); offset += kBlockBytes) {
    TARN_ASSIGN(const auto group, IntactAt(offset));
    if (group) return std::optional(offset);
  }
  return std::optional<uint64_t>();
}

Result<uint64_t> SegmentScan::UnfinishedBytes() {
  if (position_ >= segment_.size_bytes()) return uint64_t{0};
  TARN_ASSIGN(const auto head, Bytes(position_, kGroupHeaderBytes));
  const auto header = ReadGroupHeader(head);
  if (!header || header->segment != segment_.number() || header->group != expected_group_) return uint64_t{0};
  const auto left = segment_.size_bytes() - position_;
  return header->payload_bytes > left ? left : std::min(left, header->total_bytes());
}

Status ForEachFrame(const ScannedGroup& group, uint64_t incarnation,
                    const std::function<Status(const FrameView&, uint64_t offset, uint64_t size)>& visit) {
  uint64_t at = kGroupHeaderBytes;
  for (uint32_t i = 0; i < group.header.frame_count; ++i) {
    const auto rest = group.bytes.substr(std::min<uint64_t>(at, group.bytes.size()));
    if (rest.size() < sizeof(uint32_t)) return Fail(ErrorCode::kCorrupt, "log group ends before its frames");
    const auto size = codec::LoadLittleEndian<uint32_t>(rest.data());
    TARN_ASSIGN(const auto frame, FrameView::Decode(rest.substr(0, size), incarnation));
    TARN_TRY(visit(frame, group.offset + at, size));
    at += size;
  }
  if (at != group.bytes.size()) return Fail(ErrorCode::kCorrupt, "log group is longer than its frames");
  return {};
}

}  // namespace tarn::ingest
