// SPDX-License-Identifier: Apache-2.0
#include "bronze/tail_units.h"

#include <algorithm>

namespace tarn::bronze {
namespace {

constexpr uint64_t kRowsPerUnit = 32'768;

/// Records of frames [begin, end), one after the other.
class FrameFeed {
 public:
  FrameFeed(TailPinPtr pin, size_t begin, size_t end) : pin_(std::move(pin)), reader_(*pin_, begin, end) {}

  Result<bool> Next(StoredRecord& record) {
    for (;;) {
      while (frame_ != nullptr && index_ < frame_->header().record_count) {
        const auto stored = ToStored(*frame_, index_++);
        if (!stored) continue;
        record = *stored;
        return true;
      }
      TARN_ASSIGN(frame_, reader_.Next());
      if (frame_ == nullptr) return false;
      index_ = 0;
    }
  }

 private:
  TailPinPtr pin_;
  ingest::FrameReader reader_;
  const ingest::FrameView* frame_ = nullptr;
  uint32_t index_ = 0;
};

RecordUnit UnitOf(const TailPinPtr& pin, size_t begin, size_t end, uint64_t rows) {
  RecordUnit unit;
  unit.rows = rows;
  unit.open = [pin, begin, end](Payloads) -> Result<RecordFeed> {
    auto feed = std::make_shared<FrameFeed>(pin, begin, end);
    return RecordFeed([feed](StoredRecord& record) { return feed->Next(record); });
  };
  return unit;
}

}  // namespace

size_t FirstUnlanded(const ingest::TailPin& pin, const std::optional<lake::Offset>& landed) {
  if (!landed) return 0;
  const auto first = std::ranges::partition_point(
      pin.frames(), [&](const ingest::FrameRef& frame) { return frame.last() <= *landed; });
  return static_cast<size_t>(first - pin.frames().begin());
}

std::optional<StoredRecord> ToStored(const ingest::FrameView& frame, uint32_t index) {
  const auto view = frame.record(index);
  if (view.disposition == ingest::Disposition::kRejected) return std::nullopt;
  StoredRecord record;
  record.payload = view.raw;
  record.is_object = view.is_object;
  record.insert_date = frame.header().insert_date;
  record.offset = frame.offset_of(index);
  record.request_id = frame.header().request_id;
  record.schema_version = frame.header().contract_version;
  record.operation = contract::OperationWord(view.operation);
  record.disposition = ingest::DispositionName(view.disposition);
  return record;
}

Result<std::optional<quarantine::Entry>> ToQuarantineEntry(const ingest::FrameView& frame, uint32_t index) {
  const auto view = frame.record(index);
  const bool rejected = view.disposition == ingest::Disposition::kRejected;
  if (!rejected && view.disposition != ingest::Disposition::kQuarantined) return std::optional<quarantine::Entry>();
  quarantine::Entry entry;
  entry.id = frame.offset_of(index).ToString();
  entry.status = rejected ? quarantine::kRejected : quarantine::kPending;
  entry.payload = view.raw;
  entry.is_object = view.is_object;
  entry.operation = view.operation;
  TARN_ASSIGN(entry.errors, quarantine::ErrorsFromJson(view.errors));
  entry.record_index = view.index;
  entry.schema_version = frame.header().contract_version;
  entry.request_id = frame.header().request_id;
  entry.received_at = frame.header().insert_date;
  return std::optional(std::move(entry));
}

Result<std::vector<RecordUnit>> TailUnits(const TailPinPtr& pin, size_t begin) {
  // How many of a frame's records were rejected is in the frame alone, so rows are counted by reading.
  std::vector<RecordUnit> units;
  ingest::FrameReader reader(*pin, begin, pin->frames().size());
  uint64_t rows = 0;
  size_t unit_begin = begin;
  for (size_t at = begin; at < pin->frames().size(); ++at) {
    TARN_ASSIGN(const auto* frame, reader.Next());
    if (frame == nullptr) return Fail(ErrorCode::kInternal, "tail ended before its pin");
    for (uint32_t i = 0; i < frame->header().record_count; ++i) {
      rows += frame->record(i).disposition == ingest::Disposition::kRejected ? 0 : 1;
    }
    if (rows < kRowsPerUnit) continue;
    units.push_back(UnitOf(pin, unit_begin, at + 1, rows));
    unit_begin = at + 1;
    rows = 0;
  }
  if (rows > 0) units.push_back(UnitOf(pin, unit_begin, pin->frames().size(), rows));
  return units;
}

Result<std::vector<quarantine::EntryUnit>> TailQuarantine(const TailPinPtr& pin, size_t begin) {
  auto entries = std::make_shared<std::vector<quarantine::Entry>>();
  ingest::FrameReader reader(*pin, begin, pin->frames().size());
  for (;;) {
    TARN_ASSIGN(const auto* frame, reader.Next());
    if (frame == nullptr) break;
    for (uint32_t i = 0; i < frame->header().record_count; ++i) {
      TARN_ASSIGN(auto entry, ToQuarantineEntry(*frame, i));
      if (entry) entries->push_back(std::move(*entry));
    }
  }
  std::vector<quarantine::EntryUnit> units;
  if (!entries->empty()) {
    units.push_back({entries->size(), [entries]() -> Result<std::vector<quarantine::Entry>> { return *entries; }});
  }
  return units;
}

}  // namespace tarn::bronze
