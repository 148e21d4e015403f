// SPDX-License-Identifier: Apache-2.0
#pragma once
// The records of a dropped file, one after the other, each as JSON object text whatever the file's format (lake.md
// §3.4). The same bytes give the same records wherever the reading begins between two of them. Belongs to one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bronze/csv_object.h"
#include "bronze/file_format.h"
#include "bronze/file_text.h"

namespace tarn::bronze {

struct FileRecord {
  /// JSON text, without line breaks and with RecordChecker::kPadding readable bytes behind it; of a record that cannot
  /// be read as one its text in the file. Valid until the next record.
  std::string_view Payload() const { return csv != nullptr ? csv->Text() : text; }

  std::string_view text;     ///< the payload, unless …
  CsvObject* csv = nullptr;  ///< … this has it; valid until the next record
  std::string_view fault;    ///< why it cannot be read; empty = it can
};

class FileRecords {
 public:
  /// A record of more bytes makes the rest of its file unreadable.
  static constexpr size_t kMaxRecordBytes = 8ULL << 20;

  /// `text` begins at `offset`, which is 0 or where a record ended.
  FileRecords(std::unique_ptr<FileText> text, FileFormat format, uint64_t offset);
  FileRecords(const FileRecords&) = delete;
  FileRecords& operator=(const FileRecords&) = delete;

  /// False at the end of the file. kInvalidArgument when the rest of it cannot be read: the message is for the user.
  Result<bool> Next(FileRecord& record);

  /// Where the last record ended, in bytes of the decompressed text; what follows the last one of a file does not
  /// count.
  uint64_t offset() const { return is_over_ ? last_end_ : offset_; }

  /// CRC32C of the text from the last call, or the beginning, to offset().
  uint32_t TakeCrc();

 private:
  std::string_view rest() const { return {window_.data() + begin_, end_ - begin_}; }
  Result<bool> ReadOn();
  Result<bool> NextOfKind(FileRecord& record);
  void Consume(size_t bytes);
  void SumTo(size_t end);
  Status Begin();

  Result<bool> NextLine(FileRecord& record);
  Result<bool> NextCsv(FileRecord& record);
  Result<bool> NextJson(FileRecord& record);
  Result<bool> TakeElement(size_t size, bool has_raw_break, FileRecord& record);
  Result<bool> BeforeElement();
  Status EndOfArray();
  Result<bool> SkipBlanks();
  void SetText(std::string_view text, std::string_view fault, FileRecord& record);

  std::unique_ptr<FileText> text_;
  const FileFormat format_;
  uint64_t offset_;
  uint64_t last_end_ = 0;
  bool is_over_ = false;  ///< there was no further record
  bool begun_ = false;
  bool ended_ = false;          ///< nothing is behind the window
  bool array_is_over_ = false;  ///< its closing bracket was read
  std::vector<char> window_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t summed_ = 0;  ///< of the window: up to here it is in crc_
  uint32_t crc_ = 0;
  std::string fault_;
  std::vector<codec::CsvField> fields_;
  CsvObject csv_;
};

}  // namespace tarn::bronze
