// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ingest/tail.h"

namespace tarn::ingest {
namespace {

constexpr uint64_t kReadBytes = 1 << 20;  ///< one read covers neighbouring frames up to this
constexpr uint64_t kGapBytes = 64 << 10;  ///< frames of other endpoints read over rather than skipped

}  // namespace

FrameReader::FrameReader(const TailPin& pin, size_t begin, size_t end)
    : pin_(pin), next_(begin), end_(std::min(end, pin.frames().size())), buffered_end_(begin) {}

Status FrameReader::Fill() {
  const auto& frames = pin_.frames();
  const auto& first = frames[next_];
  uint64_t covered_end = uint64_t{first.file_offset} + first.size_bytes;
  buffered_end_ = next_ + 1;
  while (buffered_end_ < end_) {
    const auto& frame = frames[buffered_end_];
    const uint64_t frame_end = uint64_t{frame.file_offset} + frame.size_bytes;
    if (frame.segment != first.segment || frame.file_offset > covered_end + kGapBytes ||
        frame_end - first.file_offset > kReadBytes) {
      break;
    }
    covered_end = frame_end;
    ++buffered_end_;
  }
  const uint64_t size = covered_end - first.file_offset;
  buffer_offset_ = first.file_offset;
  buffer_.resize(size + kFramePadding);
  const auto& segment = *pin_.segments_.at(first.segment);
  TARN_ASSIGN(const auto got, segment.file().ReadAt(first.file_offset, std::span(buffer_.data(), size)));
  if (got != size) {
    return Fail(ErrorCode::kCorrupt,
                "log segment ends inside a frame: " + segment.path() + " at byte " + std::to_string(first.file_offset));
  }
  return {};
}

Result<const FrameView*> FrameReader::Next() {
  if (next_ >= end_) return nullptr;
  if (next_ >= buffered_end_) TARN_TRY(Fill());
  const auto& ref = pin_.frames()[next_++];
  const auto bytes = std::string_view(buffer_).substr(ref.file_offset - buffer_offset_, ref.size_bytes);
  auto frame = FrameView::Decode(bytes, ref.first.incarnation);
  if (!frame || frame->header().first != ref.first) {
    return Fail(ErrorCode::kCorrupt, "log frame cannot be read: " + pin_.segments_.at(ref.segment)->path() +
                                         " at byte " + std::to_string(ref.file_offset));
  }
  frame_ = *frame;
  return &frame_;
}

}  // namespace tarn::ingest
