// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of dropped files as units of bronze (lake.md §3.4): each slice by itself, but slices of a compressed or Parquet
// file in one go, because their text can only be reached from its beginning. Thread-safe; feeds belong to one thread.

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bronze/bronze_log.h"
#include "bronze/file_records.h"
#include "bronze/record_feed.h"

namespace tarn::bronze {

/// Readers of files that cannot be entered in the middle, which stopped between two slices: who reads on from there
/// need not begin anew.
class ParkedFiles {
 public:
  static constexpr size_t kMost = 4;  ///< each holds a window of about a mebibyte and the decoder's state

  /// The reader that stands at `offset` of the claimed file; nullptr when there is none.
  std::unique_ptr<FileRecords> Take(const std::string& claim, uint64_t offset);
  void Park(const std::string& claim, std::unique_ptr<FileRecords> records);

 private:
  struct Parked {
    std::string claim;
    std::unique_ptr<FileRecords> records;
  };
  std::mutex mutex_;
  std::list<Parked> parked_;  ///< the one used last in front
};

/// Which file, and where in it.
struct FilePosition {
  const std::string& claim;
  const std::string& key;
  const FileFormat& format;
  FilePlace place;
};

/// Opens records of a claimed file, on a parked reader when there is one.
Result<std::unique_ptr<FileRecords>> OpenFileRecords(const FileSources& sources, ParkedFiles& parked,
                                                     const FilePosition& at);

/// Units of the objects of entries with a file part, which are adjacent entries in their order. `sources` and `parked`
/// outlive them. Reading checks each slice: kCorrupt names the file.
std::vector<RecordUnit> FileUnits(const FileSources& sources, ParkedFiles& parked,
                                  const std::vector<LogEntryPtr>& entries);

}  // namespace tarn::bronze
