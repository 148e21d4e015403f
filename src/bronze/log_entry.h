// SPDX-License-Identifier: Apache-2.0
#pragma once
// One entry of a bronze log: what it adds to bronze, by source and range (durability.md §4.1). Plain value and its JSON
// codec (docs/formats/bronze-log.md).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "bronze/file_format.h"
#include "bronze/number_ranges.h"
#include "lake/offset.h"
#include "table/types.h"

namespace tarn::bronze {

/// An immutable object in the store.
struct LandedObject {
  std::string key;
  uint64_t size_bytes = 0;
  uint32_t crc32c = 0;
  uint64_t rows = 0;  ///< lines

  bool operator==(const LandedObject&) const = default;
};

/// What one source contributed. Valid only if `after` is that source's last offset in the log.
struct SourceRange {
  std::string source;  ///< "node:{node id}"
  std::optional<lake::Offset> after;
  lake::Offset first;
  lake::Offset last;
  uint64_t rows = 0;

  bool operator==(const SourceRange&) const = default;
};

/// Consecutive rows of the entry's objects, in order, that were checked under one contract version.
struct VersionRange {
  uint64_t generation = 0;
  uint64_t contract_version = 0;
  uint64_t rows = 0;

  bool operator==(const VersionRange&) const = default;
};

/// A payload key without a declared column, with the narrowest type its values fit (http-api.md §4.5 `evolve`).
struct ObservedField {
  std::string name;
  table::DataType type;
  bool long_integers = false;  ///< among its values are integers that a double does not hold exactly

  bool operator==(const ObservedField&) const = default;
};

/// Rows that keep the numbers of the entries that brought them: `count` entries from number `first` on, `rows` each.
struct NumberedRows {
  uint64_t first = 0;
  uint64_t count = 0;
  uint64_t rows = 0;

  uint64_t last() const { return first + count - 1; }
  bool operator==(const NumberedRows&) const = default;
};

/// Consecutive rows of a dropped file, read by themselves.
struct FileSlice {
  uint64_t text_offset = 0;    ///< in the decompressed text
  uint64_t first_row = 0;      ///< from 1 on; a row's offset is OfFile(number, row)
  NumberRanges quarantined{};  ///< rows that the contract refused, or that cannot be read
  NumberRanges deletes{};      ///< rows that ask for a delete

  bool operator==(const FileSlice&) const = default;
};

/// What makes an entry part of a dropped file (lake.md §3.4): its objects are stretches of that file, with `size_bytes`
/// and `crc32c` of their decompressed text. A large file spans entries chained by `after`.
struct FilePart {
  uint64_t number = 0;  ///< of the file among the endpoint's
  std::string claim;    ///< which series of `_control/files` keeps it from being taken twice
  std::string name;     ///< as it was dropped
  std::string etag;     ///< with the name and the size: which file it is
  uint64_t size_bytes = 0;
  FileFormat format;
  Timestamp insert_date;
  std::string request_id;
  bool checked = true;            ///< against the contract; false: only what cannot be cast was refused
  std::vector<FileSlice> slices;  ///< one for each object of the entry
  uint64_t rows = 0;              ///< of the file, up to the end of this entry …
  uint64_t quarantined = 0;       ///< … and of these refused
  bool ends = false;              ///< nothing of the file follows
  std::string error;              ///< why the file ended early; empty = it did not

  bool operator==(const FilePart&) const = default;
};

/// Source of all dropped files of an endpoint.
inline constexpr const char* kFileSource = "files";

/// What makes an entry a replacing one (durability.md §4.2): its objects hold rows that are in bronze already.
struct Replacement {
  NumberRanges entries;            ///< of the log: their objects count no more
  std::vector<NumberedRows> rows;  ///< of this entry's objects, in order
  std::vector<std::string> gone;   ///< keys of objects that nothing names any more, to be deleted later
  uint64_t swept_through = 0;      ///< `gone` of entries up to this number has been deleted
  Timestamp newest_at{};           ///< when the last of its rows were landed; 0 = written before that was noted
  /// Retention: rows with positions up to this are gone, `rows` is empty; 0 = it retires nothing.
  uint64_t retired_through = 0;
  std::vector<VersionRange> retired{};  ///< all rows that were ever retired
  /// Erasure: rows that the entries of these numbers brought and that nobody has any more; sources and ranges count
  /// them, `rows` does not.
  std::vector<NumberedRows> erased{};

  bool operator==(const Replacement&) const = default;
};

/// Adds rows behind `ranges`.
void AppendRanges(std::vector<VersionRange>& ranges, const std::vector<VersionRange>& added);

/// Adds entry `number` with its rows behind `rows`.
void AppendRows(std::vector<NumberedRows>& rows, const NumberedRows& next);

struct LogEntry {
  std::vector<SourceRange> sources;  ///< a replacing entry's say where its rows came from and are not checked
  std::vector<LandedObject> objects;
  std::vector<VersionRange> ranges;
  std::vector<LandedObject> quarantine;
  std::vector<ObservedField> fields;  ///< unknown keys of this entry's valid rows
  Timestamp written_at;
  uint64_t incarnation = 0;  ///< of the node that put it
  std::string id;            ///< random; tells our own entry after a lost answer
  bool purge = false;        ///< generations below are invalid from here on
  std::optional<Replacement> replacement;
  std::optional<FilePart> file{};

  uint64_t rows() const;
  /// Rows it would have beside those, if none had been erased.
  uint64_t erased_rows() const;
  /// Whether it only says what retention took away.
  bool retires() const { return replacement && replacement->retired_through > 0; }
  /// When the last of its rows were landed.
  Timestamp newest_at() const;
  bool operator==(const LogEntry&) const = default;
};

/// What a reader of the log needs to know without its entries: kept in memory and in every checkpoint.
struct LogSummary {
  uint64_t head = 0;  ///< 0 = empty
  std::map<std::string, lake::Offset> last_by_source;
  std::vector<ObservedField> fields;  ///< widened over all entries
  uint64_t rows = 0;
  uint64_t purged_through = 0;   ///< entries up to this number are gone
  uint64_t purged_rows = 0;      ///< that went with them
  NumberRanges replaced{};       ///< behind the purge
  uint64_t swept_through = 0;    ///< as Replacement's
  uint64_t retired_through = 0;  ///< as Replacement's, since the purge
  std::vector<VersionRange> retired{};
  std::string open_file{};  ///< claim of a dropped file whose last entry is still to come; empty = none

  /// Whether the entry's objects count.
  bool IsLive(uint64_t number) const { return number > purged_through && !replaced.Contains(number); }
  bool operator==(const LogSummary&) const = default;
};

/// Checks `entry` against the summary and folds it in as version `n`. kCorrupt when `after` does not fit, or when it
/// replaces an entry that is not live.
Status Fold(uint64_t n, const LogEntry& entry, LogSummary& summary);

/// The type for values of both: as contract::WidenedType, but integers that a double does not hold exactly become
/// decimals where fractions come to them (http-api.md §3.6).
table::DataType WidenedField(const table::DataType& present, const table::DataType& added, bool long_integers);

/// Adds or widens one observed field.
void ObserveField(std::vector<ObservedField>& fields, const ObservedField& seen);

std::string EncodeLogEntry(const LogEntry& entry);
Result<LogEntry> DecodeLogEntry(std::string_view text);

/// A checkpoint at number n: the summary at n and the entries behind the previous checkpoint.
struct LogCheckpoint {
  LogSummary summary;
  uint64_t first = 0;  ///< number of entries.front()
  std::vector<LogEntry> entries;
};
std::string EncodeLogCheckpoint(const LogCheckpoint& checkpoint);
Result<LogCheckpoint> DecodeLogCheckpoint(std::string_view text);

}  // namespace tarn::bronze
