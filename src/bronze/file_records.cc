// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_records.h"

#include <algorithm>
#include <cstring>

#include "bronze/json_element.h"
#include "codec/crc32c.h"
#include "codec/json_text.h"
#include "contract/record_checker.h"

namespace tarn::bronze {
namespace {

constexpr size_t kWindowBytes = 1ULL << 20;
constexpr size_t kPadding = contract::RecordChecker::kPadding;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsBlankText(std::string_view text) { return std::ranges::all_of(text, IsBlank); }

}  // namespace

FileRecords::FileRecords(std::unique_ptr<FileText> text, FileFormat format, uint64_t offset)
    : text_(std::move(text)), format_(std::move(format)), offset_(offset), begun_(offset > 0), csv_(format_) {}

void FileRecords::SumTo(size_t end) {
  crc_ = codec::Crc32cExtend(crc_, {window_.data() + summed_, end - summed_});
  summed_ = end;
}

uint32_t FileRecords::TakeCrc() {
  if (!is_over_) SumTo(begin_);
  return std::exchange(crc_, 0);
}

Result<bool> FileRecords::ReadOn() {
  if (ended_) return false;
  SumTo(begin_);
  if (begin_ > 0) std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = summed_ = 0;
  if (window_.size() < end_ + kPadding + kWindowBytes / 2) window_.resize(std::max(2 * end_, kWindowBytes) + kPadding);
  TARN_ASSIGN(const auto got, text_->Read({window_.data() + end_, window_.size() - kPadding - end_}));
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

void FileRecords::Consume(size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

Result<bool> FileRecords::SkipBlanks() {
  for (;;) {
    while (begin_ < end_ && IsBlank(window_[begin_])) Consume(1);
    if (begin_ < end_) return true;
    TARN_ASSIGN(const bool more, ReadOn());
    if (!more) return false;
  }
}

/// What stands before the first record.
Status FileRecords::Begin() {
  begun_ = true;
  while (rest().size() < kByteOrderMark.size()) {
    TARN_ASSIGN(const bool more, ReadOn());
    if (!more) break;
  }
  if (rest().starts_with(kByteOrderMark)) Consume(kByteOrderMark.size());
  if (format_.kind == FileKind::kCsv && format_.csv.header) {
    FileRecord names;
    TARN_TRY(NextCsv(names));
  }
  if (format_.kind != FileKind::kJson || !format_.json_array) return {};
  TARN_ASSIGN(const bool any, SkipBlanks());
  if (!any || window_[begin_] != '[') return Fail(ErrorCode::kInvalidArgument, "the file does not begin with [");
  Consume(1);
  TARN_ASSIGN(const bool inside, SkipBlanks());
  if (!inside) return Fail(ErrorCode::kInvalidArgument, "the array of the file is not closed");
  if (window_[begin_] == ']') return EndOfArray();
  return {};
}

Result<bool> FileRecords::Next(FileRecord& record) {
  if (is_over_) return false;
  SumTo(begin_);
  const auto crc = crc_;
  last_end_ = offset_;
  auto next = NextOfKind(record);
  is_over_ = !next || !*next;
  if (is_over_) crc_ = crc;
  return next;
}

Result<bool> FileRecords::NextOfKind(FileRecord& record) {
  const bool first = !begun_;
  if (first) TARN_TRY(Begin());
  switch (format_.kind) {
    case FileKind::kCsv:
      return NextCsv(record);
    case FileKind::kNdjson:
    case FileKind::kParquet:
      return NextLine(record);
    case FileKind::kJson:
      break;
  }
  if (array_is_over_) return false;
  if (format_.json_array && !first) {
    TARN_ASSIGN(const bool another, BeforeElement());
    if (!another) return false;
  }
  return NextJson(record);
}

void FileRecords::SetText(std::string_view text, std::string_view fault, FileRecord& record) {
  record = {text, nullptr, fault};
}

Result<bool> FileRecords::NextLine(FileRecord& record) {
  for (size_t seen = 0;;) {
    const auto text = rest();
    const auto lf_at = text.find('\n', seen);
    const auto* lf = lf_at == std::string_view::npos ? nullptr : text.data() + lf_at;
    if (lf == nullptr) {
      seen = text.size();
      if (seen > kMaxRecordBytes) break;
      TARN_ASSIGN(const bool more, ReadOn());
      if (more) continue;
      if (rest().empty()) return false;
    }
    const auto size = lf == nullptr ? seen : static_cast<size_t>(lf - text.data());
    auto line = rest().substr(0, size);
    Consume(lf == nullptr ? size : size + 1);
    seen = 0;
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (IsBlankText(line)) continue;
    SetText(line, {}, record);
    return true;
  }
  return Fail(ErrorCode::kInvalidArgument, "a line of more than " + std::to_string(kMaxRecordBytes) +
                                               " bytes begins at byte " + std::to_string(offset_));
}

Result<bool> FileRecords::NextCsv(FileRecord& record) {
  for (;;) {
    if (rest().empty() && ended_) return false;
    const bool too_long = rest().size() > kMaxRecordBytes;
    auto scan = codec::ScanCsvRecord(rest(), format_.csv, ended_ || too_long, fields_);
    if (scan.outcome == codec::CsvOutcome::kMore) {
      TARN_TRY(ReadOn());
      continue;
    }
    if (scan.size > kMaxRecordBytes) {
      return Fail(ErrorCode::kInvalidArgument, "a record of more than " + std::to_string(kMaxRecordBytes) +
                                                   " bytes begins at byte " + std::to_string(offset_));
    }
    const auto text = rest().substr(0, scan.size);
    Consume(scan.consumed);
    if (scan.outcome == codec::CsvOutcome::kBlank) continue;
    if (scan.outcome == codec::CsvOutcome::kBadQuote) {
      SetText(text, "a quote is not closed, or text follows its end", record);
    } else if (fields_.size() != format_.columns.size()) {
      fault_ = "the record has " + std::to_string(fields_.size()) + " fields instead of " +
               std::to_string(format_.columns.size());
      SetText(text, fault_, record);
    } else if (!codec::IsValidUtf8(text)) {
      SetText(text, "the text is not UTF-8", record);
    } else {
      csv_.Take(text, fields_);
      record = {{}, &csv_, {}};
    }
    return true;
  }
}

Status FileRecords::EndOfArray() {
  Consume(1);
  array_is_over_ = true;
  TARN_ASSIGN(const bool more, SkipBlanks());
  if (!more) return {};
  return Fail(ErrorCode::kInvalidArgument, "text follows the array's end at byte " + std::to_string(offset_));
}

/// Between two elements of an array: true when one follows.
Result<bool> FileRecords::BeforeElement() {
  TARN_ASSIGN(const bool more, SkipBlanks());
  const char c = more ? window_[begin_] : '\0';
  if (c == ']') {
    TARN_TRY(EndOfArray());
    return false;
  }
  if (c != ',') return Fail(ErrorCode::kInvalidArgument, "expected , or ] at byte " + std::to_string(offset_));
  Consume(1);
  return true;
}

Result<bool> FileRecords::NextJson(FileRecord& record) {
  TARN_ASSIGN(const bool any, SkipBlanks());
  if (!any && !format_.json_array) return false;
  JsonElement element;
  for (;;) {
    if (const auto size = element.EndIn(rest(), ended_)) return TakeElement(*size, element.has_raw_break(), record);
    const auto at = "the JSON value at byte " + std::to_string(offset_);
    if (ended_) return Fail(ErrorCode::kInvalidArgument, at + " does not end");
    if (rest().size() > kMaxRecordBytes) {
      return Fail(ErrorCode::kInvalidArgument, at + " has more than " + std::to_string(kMaxRecordBytes) + " bytes");
    }
    TARN_TRY(ReadOn());
  }
}

Result<bool> FileRecords::TakeElement(size_t size, bool has_raw_break, FileRecord& record) {
  char* text = window_.data() + begin_;
  if (size == 0 || *text == ']' || *text == '}' || *text == ',') {
    return Fail(ErrorCode::kInvalidArgument, "no JSON value at byte " + std::to_string(offset_));
  }
  SumTo(begin_ + size);  // of the file's bytes, before line breaks become blanks
  std::replace_if(text, text + size, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  SetText({text, size}, has_raw_break ? "a string has a line break in it" : "", record);
  Consume(size);
  return true;
}

}  // namespace tarn::bronze
