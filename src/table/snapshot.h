// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a table is at one version, in words both formats share. Immutable once published by a loader; shared by threads.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "table/delete_file.h"
#include "table/types.h"
#include "table/value.h"

namespace tarn::table {

/// Statistics of one top-level column in one file.
struct ColumnStats {
  std::optional<int64_t> null_count;
  Value lower;         ///< NULL = unknown; no row is smaller
  Value upper;         ///< NULL = unknown; no row is greater
  bool exact = false;  ///< bounds are values that occur (long strings are cut and not exact)
};

struct DataFile {
  std::string path;  ///< relative to the table's location, e.g. "data/3f….parquet"
  int64_t size_bytes = 0;
  int64_t record_count = 0;              ///< rows stored, deleted ones included; -1 = unknown
  std::map<int32_t, ColumnStats> stats;  ///< of the rows stored, by field id; absent = unknown
  Timestamp modified;
  std::string uri;  ///< as the metadata spells it, where position deletes name it so (Iceberg); empty = as path
  std::vector<DeleteFilePtr> deletes;
  std::map<int32_t, Value> constants;  ///< columns that are not stored in the file (partition values), by field id
  int64_t sequence = 0;                ///< Iceberg data sequence number, 0 otherwise

  /// Rows without the deleted ones; -1 = unknown: only a single deletion vector says exactly how many it takes away.
  int64_t LiveRecordCount() const;
  /// Whether both are the same file with the same rows deleted.
  bool SameRows(const DataFile& other) const;
};

using DataFilePtr = std::shared_ptr<const DataFile>;

/// How the columns of a data file are recognised.
enum class ColumnMatch : uint8_t {
  kFieldId,  ///< by Parquet field id; by stored names in files that carry none (Iceberg)
  kName,     ///< by stored name, else the column's own, whatever ids files carry (Delta)
};

struct Snapshot {
  int64_t version = -1;      ///< number in the table's series: Delta version, Iceberg metadata number; -1 = no table
  int64_t snapshot_id = -1;  ///< its name in the history: Delta version, Iceberg snapshot id; -1 = a table without any
  std::string format{};      ///< TableFormat::name of the table's format; empty when it does not exist
  Timestamp committed_at;
  Schema schema;
  int32_t last_field_id = 0;
  ColumnMatch column_match = ColumnMatch::kName;
  std::map<int32_t, Value> defaults;  ///< by field id: rows of files without the column hold it; not listed = NULL
  std::vector<DataFilePtr> files;
  std::map<std::string, int64_t> transactions;  ///< appId → version (Delta txn, Iceberg tarn.* properties)
  std::map<std::string, std::string> properties;
  std::string commit_id;  ///< id the writer of this version gave it; empty for foreign writers
  std::shared_ptr<const void>
      format_state;  ///< what the format keeps for its own planning (protocol, domain metadata …)

  bool exists() const { return version >= 0; }
  int64_t RecordCount() const;  ///< live rows; -1 when a file's are unknown
  int64_t SizeBytes() const;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace tarn::table
