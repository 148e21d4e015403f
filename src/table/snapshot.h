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
  int64_t record_count = 0;              ///< -1 = unknown (a foreign writer left it out)
  std::map<int32_t, ColumnStats> stats;  ///< by field id; absent = unknown
  Timestamp modified;
};

using DataFilePtr = std::shared_ptr<const DataFile>;

struct Snapshot {
  int64_t version = -1;  ///< Delta version or Iceberg snapshot sequence; -1 = the table does not exist
  Timestamp committed_at;
  Schema schema;
  int32_t last_field_id = 0;
  std::vector<DataFilePtr> files;
  std::map<std::string, int64_t> transactions;  ///< appId → version (Delta txn, Iceberg tarn.* properties)
  std::map<std::string, std::string> properties;
  std::string commit_id;  ///< id the writer of this version gave it; empty for foreign writers
  std::shared_ptr<const void>
      format_state;  ///< what the format keeps for its own planning (protocol, domain metadata …)

  bool exists() const { return version >= 0; }
  int64_t RecordCount() const;  ///< -1 when a file's is unknown
  int64_t SizeBytes() const;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace tarn::table
