// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_scan.h"

#include <algorithm>

#include "codec/crc32c.h"
#include "lake/keys.h"

namespace tarn::bronze {
namespace {

constexpr size_t kBufferBytes = 1ULL << 20;
constexpr size_t kPadding = contract::RecordChecker::kPadding;

/// Whether a further try would read no more of it.
bool EndsFile(const Error& error) {
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kResourceExhausted;
}

bool InfersColumns(const contract::CompiledContract& contract) {
  return std::ranges::any_of(contract.contract().columns, &contract::Column::inferred);
}

/// Whether no record can have a field without a column, or a value from which the type of its column is inferred.
bool HasNothingToObserve(const FileFormat& format, const contract::CompiledContract& contract) {
  if (format.kind != FileKind::kCsv || contract.contract().envelope != contract::Envelope::kNone) return false;
  if (InfersColumns(contract)) return false;
  return std::ranges::all_of(format.columns, [&](const CsvColumn& column) {
    bool exact = false;
    return column.name == contract::kOperationMember || (contract.ColumnOf(column.name, exact) >= 0 && exact);
  });
}

}  // namespace

FileScan::FileScan(Request request, std::unique_ptr<FileRecords> records)
    : request_(std::move(request)), records_(std::move(records)) {}

void FileScan::Begin() {
  request_.part.slices.clear();
  entry_ = {};
  refused_.clear();
  observer_.reset();
  takes_members_ = contract::RecordChecker::TakesMembers(*request_.endpoint);
  if (HasNothingToObserve(request_.part.format, *request_.endpoint)) return;
  observer_ = std::make_unique<contract::FieldObserver>(request_.endpoint);
  observes_columns_ = InfersColumns(*request_.endpoint);
}

Result<FileCut> FileScan::Unreadable(const std::string& message) {
  Begin();
  EndUnreadable(message);
  request_.part.ends = true;
  return FinishEntry(request_.part.rows + 1);
}

Result<FileCut> FileScan::Next() {
  Begin();
  auto& part = request_.part;
  const auto first_row = part.rows + 1;
  while (!part.ends && part.slices.size() < request_.limits.slices_per_entry) {
    TARN_ASSIGN(const bool more, ScanSlice());
    part.ends = !more;
  }
  return FinishEntry(first_row);
}

/// Adds one slice to the entry; false when the file has ended.
Result<bool> FileScan::ScanSlice() {
  const auto begin = records_->offset();
  slice_ = {begin, request_.part.rows + 1, {}, {}};
  uint64_t rows = 0;
  std::string unreadable;
  bool more = true;
  while (rows < request_.limits.slice_rows && records_->offset() - begin < request_.limits.slice_bytes) {
    FileRecord record;
    auto next = records_->Next(record);
    if (!next && !EndsFile(next.error())) return Fail(std::move(next).error());
    if (!next) unreadable = next.error().message;
    more = next && *next;
    if (!more) break;
    ++rows;
    ++request_.part.rows;
    TARN_TRY(TakeRecord(record));
  }
  TARN_TRY(CheckBuffer());
  if (rows > 0) {
    const auto size = records_->offset() - begin;
    entry_.objects.push_back({request_.key, size, records_->TakeCrc(), rows});
    request_.part.slices.push_back(std::move(slice_));
  }
  if (!unreadable.empty()) EndUnreadable(unreadable);
  return more;
}

Status FileScan::TakeRecord(const FileRecord& record) {
  const auto row = request_.part.rows;
  if (!record.fault.empty()) {
    auto& entry = Refuse(row, record.Payload(), false);
    entry.errors = {{"", std::string(record.fault), std::string(FileKindWord(request_.part.format.kind)) + "_invalid"}};
    return {};
  }
  if (takes_members_ && record.csv != nullptr && record.csv->knows_members()) {
    TakeMembers(*record.csv);
    return {};
  }
  rows_.push_back(row);
  buffer_ += record.Payload();
  buffer_ += '\n';
  return buffer_.size() >= kBufferBytes ? CheckBuffer() : Status();
}

/// The last record.
void FileScan::TakeMembers(CsvObject& csv) {
  const auto row = request_.part.rows;
  auto record = checker_.CheckMembers(csv.members(), CheckOfRecords(), *request_.endpoint);
  const auto deletes = [](contract::Operation operation) { return operation == contract::Operation::kDelete; };
  if (!request_.endpoint->has_key() && (deletes(request_.operation) || deletes(record.operation))) {
    RefuseDelete(row, csv.Text());
  } else if (record.verdict == contract::Verdict::kInvalid) {
    record.raw = csv.Text();
    Judge(record, row);
  } else {
    if (MustObserve(record)) observer_->ObserveMembers(csv.members());
    if (deletes(record.operation)) slice_.deletes.Add({row, row});
  }
}

contract::CheckRequest FileScan::CheckOfRecords() const {
  contract::CheckRequest check;
  check.shape = contract::BodyShape::kNdjson;
  check.operation = request_.operation;
  check.validate = request_.part.checked;
  return check;
}

bool FileScan::MustObserve(const contract::CheckedRecord& record) const {
  return observer_ && (observes_columns_ || record.has_others) && record.operation == contract::Operation::kUpsert;
}

Status FileScan::CheckBuffer() {
  if (rows_.empty()) return {};
  const auto size = buffer_.size();
  buffer_.append(kPadding, '\0');
  const auto lines = std::string_view(buffer_).substr(0, size);
  const auto slice = slice_;
  const auto refused = refused_.size();
  const auto quarantined = request_.part.quarantined;
  if (CheckLines(lines, 0)) {
    // One record that no request could bring: it must not take the others along.
    slice_ = slice;
    refused_.erase(refused_.begin() + static_cast<int64_t>(refused), refused_.end());
    request_.part.quarantined = quarantined;
    CheckOneByOne();
  }
  buffer_.clear();
  rows_.clear();
  return observed_;
}

/// Why the lines cannot be a request together; nullopt = they can.
std::optional<contract::CheckFailure> FileScan::CheckLines(std::string_view lines, size_t first_line) {
  auto check = CheckOfRecords();
  check.max_records = rows_.size();
  check.max_record_bytes = lines.size();
  return checker_.Check(lines, check, *request_.endpoint, [&](const contract::CheckedRecord& record) {
    Judge(record, rows_[first_line + record.index]);
  });
}

void FileScan::CheckOneByOne() {
  size_t at = 0;
  for (size_t line = 0; line < rows_.size(); ++line) {
    const auto end = buffer_.find('\n', at);
    auto text = buffer_.substr(at, end - at);
    at = end + 1;
    const auto size = text.size();
    text.append(kPadding, '\0');
    const auto failure = CheckLines(std::string_view(text).substr(0, size), line);
    if (!failure) continue;
    const auto payload = std::string_view(text).substr(0, size);
    if (failure->kind == contract::CheckFailure::Kind::kDeleteWithoutKey) {
      RefuseDelete(rows_[line], payload);
    } else {
      Refuse(rows_[line], payload, false).errors = {{"", failure->body.message, "json_invalid"}};
    }
  }
}

void FileScan::Judge(const contract::CheckedRecord& record, uint64_t row) {
  if (record.verdict == contract::Verdict::kInvalid) {
    auto& entry = Refuse(row, record.raw, record.is_object);
    entry.operation = record.operation;
    if (record.errors != nullptr) entry.errors = *record.errors;
  } else if (MustObserve(record)) {
    if (auto seen = observer_->Observe(record.raw); !seen) observed_ = std::move(seen);
  }
  if (record.operation == contract::Operation::kDelete) slice_.deletes.Add({row, row});
}

void FileScan::RefuseDelete(uint64_t row, std::string_view payload) {
  auto& entry = Refuse(row, payload, true);
  entry.errors = {{"_op", "the endpoint has no key by which to delete", "delete_without_key"}};
}

quarantine::Entry& FileScan::Refuse(uint64_t row, std::string_view payload, bool is_object) {
  slice_.quarantined.Add({row, row});
  ++request_.part.quarantined;
  quarantine::Entry entry;
  entry.id = lake::Offset::OfFile(request_.part.number, row).ToString();
  entry.status = quarantine::kPending;
  entry.payload = payload;
  entry.is_object = is_object;
  entry.record_index = static_cast<uint32_t>(row - 1);
  entry.schema_version = request_.endpoint->contract().version;
  entry.request_id = request_.part.request_id;
  entry.received_at = request_.part.insert_date;
  refused_.push_back(std::move(entry));
  return refused_.back();
}

/// What is left of the file goes to quarantine as one entry with the reader's error.
void FileScan::EndUnreadable(const std::string& message) {
  unreadable_row_ = request_.part.rows + 1;
  request_.part.error = message;
  auto& entry = Refuse(unreadable_row_, request_.part.name, false);
  entry.errors = {{"", message, "file_unreadable"}};
  --request_.part.quarantined;  // it is no row
}

Result<FileCut> FileScan::FinishEntry(uint64_t first_row) {
  auto& part = request_.part;
  const auto rows = part.rows + 1 - first_row;
  const auto last_row = std::max({part.rows, first_row, unreadable_row_});
  const auto last = lake::Offset::OfFile(part.number, last_row);
  entry_.sources.push_back({kFileSource, request_.after, lake::Offset::OfFile(part.number, first_row), last, rows});
  const auto& contract = request_.endpoint->contract();
  entry_.ranges.push_back({contract.generation, contract.version, rows});
  if (observer_) {
    for (auto& field : observer_->Unknown()) entry_.fields.push_back({field.name, field.type, field.long_integers});
  }
  FileCut cut;
  if (!refused_.empty()) {
    // What the reader refuses is known before what the contract does.
    std::ranges::stable_sort(refused_, {}, &quarantine::Entry::record_index);
    TARN_ASSIGN(auto body, quarantine::EncodeEntries(refused_));
    const auto name = entry_.sources.front().first.ToString() + "-" + NewUuid(request_.randomness).substr(0, 8);
    const auto key = lake::QuarantineObjectKey(contract.domain, contract.name, part.insert_date, name);
    entry_.quarantine.push_back({key, body.size(), codec::Crc32c(body), refused_.size()});
    cut.objects.push_back({key, std::move(body)});
  }
  if (observer_ && contract.mode == contract::Mode::kAutoInference) cut.widened = observer_->Widened();
  entry_.file = part;
  cut.entry = std::move(entry_);
  request_.after = last;
  return cut;
}

}  // namespace tarn::bronze
