// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "table/iceberg/json_members.h"
#include "table/iceberg/metadata_json.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

constexpr int32_t kFirstPartitionFieldId = 1000;

// Members that are read into fields of TableMetadata; all others are kept as they are.
constexpr auto kKnownMembers = std::to_array<std::string_view>({"format-version",
                                                                "table-uuid",
                                                                "location",
                                                                "last-sequence-number",
                                                                "last-updated-ms",
                                                                "last-column-id",
                                                                "schema",
                                                                "schemas",
                                                                "current-schema-id",
                                                                "partition-spec",
                                                                "partition-specs",
                                                                "default-spec-id",
                                                                "last-partition-id",
                                                                "properties",
                                                                "current-snapshot-id",
                                                                "snapshots",
                                                                "snapshot-log",
                                                                "metadata-log",
                                                                "sort-orders",
                                                                "default-sort-order-id",
                                                                "refs",
                                                                "statistics",
                                                                "partition-statistics",
                                                                "next-row-id"});

std::string WithoutTrailingSlash(std::string location) {
  while (location.ends_with('/')) location.pop_back();
  return location;
}

Result<StringMap> DecodeStringMap(const OrderedJson& object, const char* name) {
  TARN_ASSIGN(const OrderedJson* const json, ObjectMember(object, name));
  StringMap map;
  for (const auto& [key, value] : json->items()) {
    if (!value.is_string()) return Broken(std::string(name) + "." + key + " is not text");
    map[key] = value.get<std::string>();
  }
  return map;
}

Status DecodeSchemas(const OrderedJson& document, TableMetadata& metadata) {
  TARN_ASSIGN(const OrderedJson* const schemas, ArrayMember(document, "schemas"));
  for (const OrderedJson& json : *schemas) {
    if (!json.is_object()) return Broken("schemas has an element that is no object");
    auto record = std::make_shared<SchemaRecord>();
    TARN_ASSIGN(record->schema_id, IntMember(json, "schema-id"));
    record->json = json;
    metadata.schemas.push_back(std::move(record));
  }
  if (!metadata.schemas.empty()) {
    TARN_ASSIGN(metadata.current_schema_id, IntMember(document, "current-schema-id"));
  } else {
    const OrderedJson* schema = FindMember(document, "schema");
    if (metadata.format_version > 1 || schema == nullptr || !schema->is_object()) return Broken("schemas is missing");
    TARN_ASSIGN(const auto id, OptionalInt(*schema, "schema-id"));
    metadata.current_schema_id = id.value_or(0);
    metadata.schemas.push_back(std::make_shared<SchemaRecord>(SchemaRecord{metadata.current_schema_id, *schema}));
  }
  if (metadata.FindSchema(metadata.current_schema_id) == nullptr) return Broken("current-schema-id names no schema");
  return {};
}

Result<PartitionField> DecodePartitionField(const OrderedJson& json, int32_t position) {
  if (!json.is_object()) return Broken("a partition field is not an object");
  PartitionField field;
  TARN_ASSIGN(const OrderedJson* const ids, ArrayMember(json, "source-ids"));
  for (const OrderedJson& id : *ids) {
    if (!id.is_number_integer()) return Broken("source-ids has an element that is no integer");
    field.source_ids.push_back(id.get<int32_t>());
  }
  if (field.source_ids.empty()) {
    TARN_ASSIGN(const int32_t id, IntMember(json, "source-id"));
    field.source_ids.push_back(id);
  }
  // v1 may leave the ids to the order of the fields.
  TARN_ASSIGN(const auto id, OptionalInt(json, "field-id"));
  field.field_id = id.value_or(kFirstPartitionFieldId + position);
  TARN_ASSIGN(field.name, TextMember(json, "name"));
  TARN_ASSIGN(field.transform, TextMember(json, "transform"));
  return field;
}

Result<std::vector<PartitionField>> DecodePartitionFields(const OrderedJson& array) {
  std::vector<PartitionField> fields;
  for (const OrderedJson& json : array) {
    TARN_ASSIGN(PartitionField field, DecodePartitionField(json, static_cast<int32_t>(fields.size())));
    fields.push_back(std::move(field));
  }
  return fields;
}

Status DecodeSpecs(const OrderedJson& document, TableMetadata& metadata) {
  TARN_ASSIGN(const OrderedJson* const specs, ArrayMember(document, "partition-specs"));
  for (const OrderedJson& json : *specs) {
    TARN_ASSIGN(PartitionSpec spec, DecodePartitionSpec(json));
    metadata.partition_specs.push_back(std::move(spec));
  }
  if (!metadata.partition_specs.empty()) {
    TARN_ASSIGN(metadata.default_spec_id, IntMember(document, "default-spec-id"));
  } else {
    if (metadata.format_version > 1) return Broken("partition-specs is missing");
    TARN_ASSIGN(const OrderedJson* const fields, ArrayMember(document, "partition-spec"));
    PartitionSpec spec;
    TARN_ASSIGN(spec.fields, DecodePartitionFields(*fields));
    metadata.partition_specs.push_back(std::move(spec));
  }
  if (metadata.FindSpec(metadata.default_spec_id) == nullptr) return Broken("default-spec-id names no partition spec");
  int32_t last = kFirstPartitionFieldId - 1;
  for (const PartitionSpec& spec : metadata.partition_specs) {
    for (const PartitionField& field : spec.fields) last = std::max(last, field.field_id);
  }
  TARN_ASSIGN(const auto given, OptionalInt(document, "last-partition-id"));
  metadata.last_partition_id = given.value_or(last);
  return {};
}

Status DecodeSortOrders(const OrderedJson& document, TableMetadata& metadata) {
  TARN_ASSIGN(const OrderedJson* const orders, ArrayMember(document, "sort-orders"));
  for (const OrderedJson& json : *orders) {
    if (!json.is_object()) return Broken("sort-orders has an element that is no object");
    SortOrder order;
    TARN_ASSIGN(order.order_id, IntMember(json, "order-id"));
    order.json = json;
    metadata.sort_orders.push_back(std::move(order));
  }
  TARN_ASSIGN(const auto id, OptionalInt(document, "default-sort-order-id"));
  metadata.default_sort_order_id = id.value_or(0);
  if (metadata.sort_orders.empty()) {
    metadata.sort_orders.push_back({0, {{"order-id", 0}, {"fields", OrderedJson::array()}}});
  }
  return {};
}

Status DecodeSnapshots(const OrderedJson& document, TableMetadata& metadata) {
  TARN_ASSIGN(const OrderedJson* const snapshots, ArrayMember(document, "snapshots"));
  metadata.snapshots.reserve(snapshots->size());
  for (const OrderedJson& json : *snapshots) {
    TARN_ASSIGN(SnapshotRecordPtr snapshot, DecodeSnapshot(json));
    metadata.snapshots.push_back(std::move(snapshot));
  }
  TARN_ASSIGN(metadata.current_snapshot_id, OptionalLong(document, "current-snapshot-id"));
  if (metadata.current_snapshot_id == -1) metadata.current_snapshot_id.reset();
  if (metadata.current_snapshot_id && !metadata.CurrentSnapshot()) {
    return Broken("current-snapshot-id names no snapshot");
  }
  TARN_ASSIGN(const OrderedJson* const refs, ObjectMember(document, "refs"));
  for (const auto& [name, json] : refs->items()) {
    auto ref = DecodeRef(json);
    if (!ref) return Fail(std::move(ref).error().In("refs." + name));
    metadata.refs[name] = *std::move(ref);
  }
  if (metadata.current_snapshot_id && !metadata.refs.contains(kMainBranch)) {
    metadata.refs[kMainBranch] = {*metadata.current_snapshot_id, "branch", {}, {}, {}};
  }
  return {};
}

Status DecodeLogs(const OrderedJson& document, TableMetadata& metadata) {
  TARN_ASSIGN(const OrderedJson* const snapshots, ArrayMember(document, "snapshot-log"));
  for (const OrderedJson& json : *snapshots) {
    if (!json.is_object()) return Broken("snapshot-log has an element that is no object");
    SnapshotLogEntry entry;
    TARN_ASSIGN(entry.timestamp_ms, LongMember(json, "timestamp-ms"));
    TARN_ASSIGN(entry.snapshot_id, LongMember(json, "snapshot-id"));
    metadata.snapshot_log.push_back(entry);
  }
  TARN_ASSIGN(const OrderedJson* const files, ArrayMember(document, "metadata-log"));
  for (const OrderedJson& json : *files) {
    if (!json.is_object()) return Broken("metadata-log has an element that is no object");
    MetadataLogEntry entry;
    TARN_ASSIGN(entry.timestamp_ms, LongMember(json, "timestamp-ms"));
    TARN_ASSIGN(entry.metadata_file, TextMember(json, "metadata-file"));
    metadata.metadata_log.push_back(std::move(entry));
  }
  return {};
}

Result<std::vector<StatisticsFile>> DecodeStatistics(const OrderedJson& document, const char* name) {
  TARN_ASSIGN(const OrderedJson* const files, ArrayMember(document, name));
  std::vector<StatisticsFile> statistics;
  for (const OrderedJson& json : *files) {
    if (!json.is_object()) return Broken(std::string(name) + " has an element that is no object");
    StatisticsFile file;
    TARN_ASSIGN(file.snapshot_id, LongMember(json, "snapshot-id"));
    file.json = json;
    statistics.push_back(std::move(file));
  }
  return statistics;
}

Status DecodeIdentity(const OrderedJson& document, TableMetadata& metadata) {
  TARN_ASSIGN(metadata.format_version, IntMember(document, "format-version"));
  if (metadata.format_version < kMinFormatVersion) return Broken("format-version is below 1");
  if (metadata.format_version > kMaxFormatVersion) {
    return Fail(ErrorCode::kUnsupported, "Iceberg format version " + std::to_string(metadata.format_version));
  }
  TARN_ASSIGN(const auto uuid, OptionalText(document, "table-uuid"));
  if (!uuid && metadata.format_version > 1) return Broken("table-uuid is missing");
  metadata.table_uuid = uuid.value_or("");
  TARN_ASSIGN(std::string location, TextMember(document, "location"));
  metadata.location = WithoutTrailingSlash(std::move(location));
  TARN_ASSIGN(const auto sequence, OptionalLong(document, "last-sequence-number"));
  if (!sequence && metadata.format_version > 1) return Broken("last-sequence-number is missing");
  metadata.last_sequence_number = sequence.value_or(0);
  TARN_ASSIGN(metadata.last_updated_ms, LongMember(document, "last-updated-ms"));
  TARN_ASSIGN(metadata.last_column_id, IntMember(document, "last-column-id"));
  TARN_ASSIGN(metadata.next_row_id, OptionalLong(document, "next-row-id"));
  if (!metadata.next_row_id && metadata.format_version >= 3) return Broken("next-row-id is missing");
  return {};
}

}  // namespace

Result<PartitionSpec> DecodePartitionSpec(const OrderedJson& json) {
  if (!json.is_object()) return Broken("partition-specs has an element that is no object");
  PartitionSpec spec;
  TARN_ASSIGN(spec.spec_id, IntMember(json, "spec-id"));
  TARN_ASSIGN(const OrderedJson* const fields, ArrayMember(json, "fields"));
  TARN_ASSIGN(spec.fields, DecodePartitionFields(*fields));
  return spec;
}

Result<SnapshotRef> DecodeRef(const OrderedJson& json) {
  if (!json.is_object()) return Broken("a snapshot reference is not an object");
  SnapshotRef ref;
  TARN_ASSIGN(ref.snapshot_id, LongMember(json, "snapshot-id"));
  TARN_ASSIGN(ref.type, TextMember(json, "type"));
  if (ref.type != "branch" && ref.type != "tag") return Broken("type of a snapshot reference: " + ref.type);
  TARN_ASSIGN(ref.min_snapshots_to_keep, OptionalLong(json, "min-snapshots-to-keep"));
  TARN_ASSIGN(ref.max_snapshot_age_ms, OptionalLong(json, "max-snapshot-age-ms"));
  TARN_ASSIGN(ref.max_ref_age_ms, OptionalLong(json, "max-ref-age-ms"));
  return ref;
}

Result<SnapshotRecordPtr> DecodeSnapshot(const OrderedJson& json) {
  if (!json.is_object()) return Broken("snapshots has an element that is no object");
  auto snapshot = std::make_shared<SnapshotRecord>();
  TARN_ASSIGN(snapshot->snapshot_id, LongMember(json, "snapshot-id"));
  TARN_ASSIGN(snapshot->parent_id, OptionalLong(json, "parent-snapshot-id"));
  TARN_ASSIGN(const auto sequence, OptionalLong(json, "sequence-number"));
  snapshot->sequence_number = sequence.value_or(0);
  TARN_ASSIGN(snapshot->timestamp_ms, LongMember(json, "timestamp-ms"));
  TARN_ASSIGN(const auto list, OptionalText(json, "manifest-list"));
  snapshot->manifest_list = list.value_or("");
  TARN_ASSIGN(const OrderedJson* const manifests, ArrayMember(json, "manifests"));
  for (const OrderedJson& path : *manifests) {
    if (!path.is_string()) return Broken("manifests has an element that is no text");
    snapshot->manifests.push_back(path.get<std::string>());
  }
  TARN_ASSIGN(snapshot->summary, DecodeStringMap(json, "summary"));
  TARN_ASSIGN(snapshot->schema_id, OptionalInt(json, "schema-id"));
  TARN_ASSIGN(snapshot->first_row_id, OptionalLong(json, "first-row-id"));
  TARN_ASSIGN(snapshot->added_rows, OptionalLong(json, "added-rows"));
  snapshot->text = codec::Dump(json);
  return SnapshotRecordPtr(std::move(snapshot));
}

Result<TableMetadata> DecodeMetadataDocument(const OrderedJson& document) {
  if (!document.is_object()) return Broken("not an object");
  TableMetadata metadata;
  TARN_TRY(DecodeIdentity(document, metadata));
  TARN_TRY(DecodeSchemas(document, metadata));
  TARN_TRY(DecodeSpecs(document, metadata));
  TARN_TRY(DecodeSortOrders(document, metadata));
  TARN_ASSIGN(metadata.properties, DecodeStringMap(document, "properties"));
  TARN_TRY(DecodeSnapshots(document, metadata));
  TARN_TRY(DecodeLogs(document, metadata));
  TARN_ASSIGN(metadata.statistics, DecodeStatistics(document, "statistics"));
  TARN_ASSIGN(metadata.partition_statistics, DecodeStatistics(document, "partition-statistics"));
  metadata.others = OrderedJson::object();
  for (const auto& [name, value] : document.items()) {
    if (std::ranges::find(kKnownMembers, name) == kKnownMembers.end()) metadata.others[name] = value;
  }
  return metadata;
}

Result<TableMetadata> DecodeMetadata(std::string_view body) {
  const auto document = codec::ParseOrderedJson(body);
  if (!document) return Broken(document.error().message);
  return DecodeMetadataDocument(*document);
}

}  // namespace tarn::table::iceberg
