// SPDX-License-Identifier: Apache-2.0
#pragma once
// A dropped file becomes bronze-log entries: its records are checked against the contract and counted, slice by slice;
// nothing of it is copied but what goes to quarantine (lake.md §3.4, durability.md §4.1). Belongs to one thread.

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/cut.h"
#include "bronze/file_records.h"
#include "bronze/log_entry.h"
#include "contract/record_checker.h"
#include "contract/registry.h"
#include "contract/row_decoder.h"
#include "quarantine/entry.h"

namespace tarn::bronze {

/// The next entry of a file.
struct FileCut {
  std::vector<Cut::Object> objects;  ///< quarantine, to put before the entry
  LogEntry entry;                    ///< complete but for id, incarnation, written_at
  WiderColumns widened;
};

class FileScan {
 public:
  struct Limits {
    /// Of a slice, which one thread reads …
    uint64_t slice_bytes = 8ULL << 20;
    uint64_t slice_rows = 131'072;
    /// … and of an entry, which one merge takes: as many as the engine's memory bears.
    size_t slices_per_entry = 4;
  };

  struct Request {
    contract::EndpointPtr endpoint;
    Randomness& randomness;
    std::string key;  ///< of the file
    FilePart part;    ///< as the last entry left it; of a new file: rows 0 and no slices
    contract::Operation operation = contract::Operation::kUpsert;
    std::optional<lake::Offset> after;  ///< last offset of kFileSource in the log
    Limits limits;
  };

  /// `records` stands behind the rows that `request.part` counts.
  FileScan(Request request, std::unique_ptr<FileRecords> records);

  /// The next entry; the one with `ends` is the last. What cannot be read ends the file: its error is in the entry and
  /// in quarantine.
  Result<FileCut> Next();
  /// The one entry of a file that cannot be read at all.
  Result<FileCut> Unreadable(const std::string& message);

  /// Records that the last entry has in quarantine, in their order.
  const std::vector<quarantine::Entry>& refused() const { return refused_; }

  /// The contract of the next entry.
  void UseContract(contract::EndpointPtr endpoint) { request_.endpoint = std::move(endpoint); }

 private:
  void Begin();
  Result<bool> ScanSlice();
  Status TakeRecord(const FileRecord& record);
  void TakeMembers(CsvObject& csv);
  bool MustObserve(const contract::CheckedRecord& record) const;
  contract::CheckRequest CheckOfRecords() const;
  Status CheckBuffer();
  std::optional<contract::CheckFailure> CheckLines(std::string_view lines, size_t first_line);
  void CheckOneByOne();
  void Judge(const contract::CheckedRecord& record, uint64_t row);
  void RefuseDelete(uint64_t row, std::string_view payload);
  quarantine::Entry& Refuse(uint64_t row, std::string_view payload, bool is_object);
  void EndUnreadable(const std::string& message);
  Result<FileCut> FinishEntry(uint64_t first_row);

  Request request_;
  std::unique_ptr<FileRecords> records_;
  contract::RecordChecker checker_;
  std::unique_ptr<contract::FieldObserver> observer_;
  bool observes_columns_ = false;  ///< not only fields without a column
  bool takes_members_ = false;     ///< of CSV records
  std::string buffer_;             ///< records of the slice that wait for their check, one a line …
  std::vector<uint64_t> rows_;     ///< … and their numbers
  FileSlice slice_;
  LogEntry entry_;
  std::vector<quarantine::Entry> refused_;
  uint64_t unreadable_row_ = 0;  ///< the one that stands for what cannot be read
  Status observed_;
};

}  // namespace tarn::bronze
