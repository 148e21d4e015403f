// SPDX-License-Identifier: Apache-2.0
// Bytes of the node's log: frames, segment headers, group headers.
#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/frame.h"
#include "ingest/log_layout.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::ingest;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  bytes.resize(size + kFramePadding);
  const auto text = std::string_view(bytes).substr(0, size);
  if (const auto frame = FrameView::Decode(text, 1)) {
    size_t sum = 0;
    for (uint32_t i = 0; i < frame->header().record_count; ++i) {
      const auto record = frame->record(i);
      for (const char c : record.raw) sum += static_cast<unsigned char>(c);
      for (const char c : record.errors) sum += static_cast<unsigned char>(c);
    }
    if (frame->keyed()) sum += frame->keyed()->members.size();
    volatile size_t keep = sum;
    (void)keep;
  }
  (void)DecodeSegmentHeader(text);
  if (const auto group = ReadGroupHeader(text)) (void)GroupIsIntact(*group, 0, text);
  (void)SegmentOfFileName(text);
  return 0;
}
