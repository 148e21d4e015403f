// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_units.h"

#include <algorithm>

#include "codec/json.h"
#include "codec/json_text.h"
#include "contract/record_checker.h"

namespace tarn::bronze {
namespace {

struct SliceRef {
  LogEntryPtr entry;
  size_t index = 0;

  const FilePart& part() const { return *entry->file; }
  const FileSlice& slice() const { return entry->file->slices[index]; }
  const LandedObject& object() const { return entry->objects[index]; }
};

bool IsObject(const FileRecord& row) {
  if (!row.fault.empty()) return false;
  const auto json = codec::ParseJson(row.Payload());
  return json && json->is_object();
}

class SliceFeed {
 public:
  SliceFeed(ParkedFiles& parked, std::unique_ptr<FileRecords> records, std::vector<SliceRef> slices, Payloads payloads)
      : parked_(parked), records_(std::move(records)), slices_(std::move(slices)), payloads_(payloads) {}

  Result<bool> Next(StoredRecord& record) {
    if (over_) return false;
    while (read_ == slices_[at_].object().rows) {
      TARN_TRY(CheckSlice());
      if (at_ + 1 == slices_.size()) return EndOfSlices();
      ++at_;
      read_ = 0;
    }
    FileRecord row;
    const auto more = records_->Next(row);
    if (!more && more.error().code != ErrorCode::kInvalidArgument) return Fail(Error(more.error()));
    if (!more || !*more) return Differs();
    Fill(row, record);
    ++read_;
    return true;
  }

 private:
  std::unexpected<Error> Differs() const {
    return Fail(ErrorCode::kCorrupt, "file differs from its bronze log entry: " + slices_[at_].object().key);
  }

  Status CheckSlice() {
    const auto& object = slices_[at_].object();
    const bool same = records_->offset() == slices_[at_].slice().text_offset + object.size_bytes &&
                      records_->TakeCrc() == object.crc32c;
    return same ? Status() : Differs();
  }

  bool EndOfSlices() {
    const auto& part = slices_.back().part();
    if (!part.format.is_seekable() && !part.ends) {
      parked_.Park(part.claim, std::move(records_));
    }
    over_ = true;
    return false;
  }

  void Fill(const FileRecord& row, StoredRecord& record) {
    const auto& ref = slices_[at_];
    const auto number = ref.slice().first_row + read_;
    const bool quarantined = ref.slice().quarantined.Contains(number);
    record = {};
    record.is_object = !quarantined || IsObject(row);
    const bool has_members = row.csv != nullptr && row.csv->knows_members();
    if (record.is_object && payloads_ == Payloads::kMembers && has_members) {
      record.csv = row.csv;
    } else {
      record.payload = record.is_object ? row.Payload() : Utf8(row.Payload());
    }
    record.insert_date = ref.part().insert_date;
    record.offset = lake::Offset::OfFile(ref.part().number, number);
    record.request_id = ref.part().request_id;
    record.schema_version = ref.entry->ranges.front().contract_version;
    record.operation = ref.slice().deletes.Contains(number) ? "delete" : "upsert";
    record.disposition = quarantined ? "quarantined" : ref.part().checked ? "valid" : "unchecked";
  }

  /// What cannot be read may be anything.
  std::string_view Utf8(std::string_view text) {
    if (codec::IsValidUtf8(text)) return text;
    std::string quoted;
    codec::AppendJsonString(quoted, text);
    const auto json = codec::ParseJson(quoted);
    raw_ = json && json->is_string() ? json->get<std::string>() : std::string();
    return raw_;
  }

  ParkedFiles& parked_;
  std::unique_ptr<FileRecords> records_;
  std::vector<SliceRef> slices_;
  const Payloads payloads_;
  size_t at_ = 0;
  uint64_t read_ = 0;  ///< rows of the slice
  bool over_ = false;
  std::string raw_;
};

RecordUnit UnitOf(const FileSources& sources, ParkedFiles& parked, std::vector<SliceRef> slices) {
  RecordUnit unit;
  for (const auto& ref : slices) unit.rows += ref.object().rows;
  unit.open = [sources, &parked, slices = std::move(slices)](Payloads payloads) -> Result<RecordFeed> {
    const auto& first = slices.front();
    const auto& part = first.part();
    const FilePlace place{first.slice().text_offset, first.slice().first_row - 1};
    TARN_ASSIGN(auto records, OpenFileRecords(sources, parked, {part.claim, first.object().key, part.format, place}));
    auto feed = std::make_shared<SliceFeed>(parked, std::move(records), slices, payloads);
    return RecordFeed([feed](StoredRecord& record) { return feed->Next(record); });
  };
  return unit;
}

}  // namespace

std::unique_ptr<FileRecords> ParkedFiles::Take(const std::string& claim, uint64_t offset) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      parked_, [&](const Parked& parked) { return parked.claim == claim && parked.records->offset() == offset; });
  if (found == parked_.end()) return nullptr;
  auto records = std::move(found->records);
  parked_.erase(found);
  return records;
}

void ParkedFiles::Park(const std::string& claim, std::unique_ptr<FileRecords> records) {
  const std::lock_guard lock(mutex_);
  parked_.push_front({claim, std::move(records)});
  if (parked_.size() > kMost) parked_.pop_back();
}

Result<std::unique_ptr<FileRecords>> OpenFileRecords(const FileSources& sources, ParkedFiles& parked,
                                                     const FilePosition& at) {
  if (auto waiting = parked.Take(at.claim, at.place.offset)) return waiting;
  TARN_ASSIGN(auto text, FileText::OpenAs(sources, at.key, at.format, at.place));
  return std::make_unique<FileRecords>(std::move(text), at.format, at.place.offset);
}

std::vector<RecordUnit> FileUnits(const FileSources& sources, ParkedFiles& parked,
                                  const std::vector<LogEntryPtr>& entries) {
  std::vector<RecordUnit> units;
  std::vector<SliceRef> open;
  const auto close = [&] {
    if (!open.empty()) units.push_back(UnitOf(sources, parked, std::exchange(open, {})));
  };
  for (const auto& entry : entries) {
    if (!open.empty() && open.back().part().claim != entry->file->claim) close();
    for (size_t i = 0; i < entry->objects.size(); ++i) {
      open.push_back({entry, i});
      if (entry->file->format.is_seekable()) close();
    }
  }
  close();
  return units;
}

}  // namespace tarn::bronze
