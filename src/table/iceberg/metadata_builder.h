// SPDX-License-Identifier: Apache-2.0
#pragma once
// The next version of a table's metadata out of single changes, as catalogs take them from writers (Iceberg spec,
// "Table Metadata"; REST specification, table updates). Every change is checked against what the changes before it
// made, so that no sequence of them makes metadata that cannot be read. No I/O. Thread-compatible.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// In place of an id: what the same commit added last.
inline constexpr int32_t kLastAdded = -1;

inline constexpr int32_t kFirstPartitionFieldId = 1000;

/// Errors: kInvalidArgument for what no retry mends, kConflict for a snapshot that was built on an older version,
/// kUnsupported for what is left out on purpose.
class MetadataBuilder {
 public:
  /// Starts a table that does not exist; identity, schema and location come by changes.
  explicit MetadataBuilder(Timestamp now);
  /// Changes `base`, which was read from `base_uri`.
  MetadataBuilder(const TableMetadata& base, std::string base_uri, Timestamp now);

  Status AssignUuid(const std::string& uuid);
  Status UpgradeFormatVersion(int32_t version);
  Status SetLocation(std::string location);

  /// A schema that is there already keeps its id, whatever id it comes with.
  Status AddSchema(codec::OrderedJson json);
  Status SetCurrentSchema(int32_t id);
  Status RemoveSchemas(const std::set<int32_t>& ids);

  /// Fields without an id get the next ones. A spec that is there already keeps its id.
  Status AddPartitionSpec(const codec::OrderedJson& json);
  Status SetDefaultSpec(int32_t id);
  Status RemovePartitionSpecs(const std::set<int32_t>& ids);

  Status AddSortOrder(codec::OrderedJson json);
  Status SetDefaultSortOrder(int32_t id);

  Status AddSnapshot(SnapshotRecordPtr snapshot);
  /// Branches and tags that name them go with them, and statistics.
  Status RemoveSnapshots(const std::set<int64_t>& ids);
  Status SetRef(const std::string& name, const SnapshotRef& ref);
  Status RemoveRef(const std::string& name);

  void SetProperties(const StringMap& properties);
  void RemoveProperties(const std::vector<std::string>& names);

  Status SetStatistics(StatisticsFile file);
  void RemoveStatistics(int64_t snapshot_id);
  Status SetPartitionStatistics(StatisticsFile file);
  void RemovePartitionStatistics(int64_t snapshot_id);

  /// The metadata with its history, ready to be written. kInvalidArgument when something of it is missing.
  Result<TableMetadata> Finish() &&;

 private:
  Status CheckComplete() const;
  Status CheckSources() const;
  void TrimLogs();

  TableMetadata next_;
  const bool is_new_;
  const std::string base_uri_;
  const int64_t now_ms_;
  std::optional<int32_t> added_schema_;
  std::optional<int32_t> added_spec_;
  std::optional<int32_t> added_order_;
  std::set<int64_t> added_snapshots_;
};

/// The schema without its id, with members in one order: equal for equal schemas.
codec::Json SchemaIdentity(const codec::OrderedJson& schema);

}  // namespace tarn::table::iceberg
