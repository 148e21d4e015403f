// SPDX-License-Identifier: Apache-2.0
#include "catalog/own_table_rules.h"

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "table/iceberg/metadata_builder.h"

namespace tarn::catalog {
namespace {

using table::iceberg::SnapshotRecordPtr;
using table::iceberg::StringMap;
using table::iceberg::TableMetadata;

constexpr std::string_view kOwnPrefix = "tarn.";

std::unexpected<Error> Refuse(std::string what) {
  return Fail(ErrorCode::kFailedPrecondition, "a table of the lake's own does not allow this: " + std::move(what));
}

StringMap OwnProperties(const StringMap& properties) {
  StringMap own;
  for (const auto& [name, value] : properties) {
    if (name.starts_with(kOwnPrefix)) own.emplace(name, value);
  }
  return own;
}

/// Columns of the current schema by name, each without what is only documentation.
std::map<std::string, codec::Json> Columns(const TableMetadata& metadata) {
  std::map<std::string, codec::Json> columns;
  const codec::Json schema = table::iceberg::SchemaIdentity(metadata.FindSchema(metadata.current_schema_id)->json);
  for (codec::Json field : schema.value("fields", codec::Json::array())) {
    field.erase("doc");
    const std::string name = field.value("name", std::string());
    columns.emplace(name, std::move(field));
  }
  return columns;
}

Status CheckSchema(const TableMetadata& before, const TableMetadata& after) {
  if (before.current_schema_id == after.current_schema_id) return {};
  const auto old_columns = Columns(before);
  const auto new_columns = Columns(after);
  for (const auto& [name, column] : old_columns) {
    const auto found = new_columns.find(name);
    if (found == new_columns.end()) return Refuse("column " + name + " is gone or renamed; its contract names it");
    if (found->second != column) return Refuse("column " + name + " is changed; its contract says what it is");
  }
  for (const auto& [name, column] : new_columns) {
    if (!old_columns.contains(name) && column.value("required", true)) {
      return Refuse("column " + name + " is new and required");
    }
  }
  // SQL does not tell columns apart by case.
  std::set<std::string> folded;
  for (const auto& [name, column] : new_columns) {
    if (!folded.insert(Lower(name)).second) return Refuse("two columns whose names differ by case only: " + name);
  }
  return {};
}

Status CheckMain(const TableMetadata& before, const TableMetadata& after) {
  if (before.current_snapshot_id == after.current_snapshot_id) return {};
  if (!after.current_snapshot_id) return Refuse("main would lose its snapshot");
  // A commit may add several snapshots, each the child of the one before.
  SnapshotRecordPtr step = after.CurrentSnapshot();
  while (step != nullptr && before.FindSnapshot(step->snapshot_id) == nullptr) {
    if (step->parent_id == before.current_snapshot_id) return {};
    if (!step->parent_id) break;
    step = after.FindSnapshot(*step->parent_id);
  }
  return Refuse("main moves to a snapshot that is no new child of its current one");
}

}  // namespace

Status CheckOwnTable(const TableMetadata& before, const TableMetadata& after) {
  if (before.location != after.location) return Refuse("another location");
  if (before.table_uuid != after.table_uuid) return Refuse("another uuid");
  if (before.format_version != after.format_version) return Refuse("another format version");
  if (before.default_spec_id != after.default_spec_id) return Refuse("partitions");
  if (OwnProperties(before.properties) != OwnProperties(after.properties))
    return Refuse("a change of properties under tarn.");
  TARN_TRY(CheckSchema(before, after));
  return CheckMain(before, after);
}

}  // namespace tarn::catalog
