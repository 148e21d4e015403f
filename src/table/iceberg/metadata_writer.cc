// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/assert.h"
#include "codec/json_text.h"
#include "table/iceberg/metadata_json.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

/// An object written member by member: snapshots are many and keep their text, so no document is built of them.
class ObjectText {
 public:
  void Text(std::string_view name, std::string_view value) {
    Name(name);
    codec::AppendJsonString(out_, value);
  }
  void Number(std::string_view name, int64_t value) {
    Name(name);
    codec::AppendJsonInteger(out_, value);
  }
  void Number(std::string_view name, const std::optional<int64_t>& value) {
    if (value) Number(name, *value);
  }
  void Json(std::string_view name, const OrderedJson& value) { Raw(name, codec::Dump(value)); }
  void Raw(std::string_view name, std::string_view json) {
    Name(name);
    out_ += json;
  }
  /// `append(element, out)` adds one element's JSON.
  template <class Elements, class Append>
  void List(std::string_view name, const Elements& elements, const Append& append) {
    Name(name);
    out_ += '[';
    bool first = true;
    for (const auto& element : elements) {
      if (!std::exchange(first, false)) out_ += ',';
      append(element, out_);
    }
    out_ += ']';
  }
  void Map(std::string_view name, const StringMap& map) {
    ObjectText object;
    for (const auto& [key, value] : map) object.Text(key, value);
    Raw(name, std::move(object).Finish());
  }
  std::string Finish() && {
    out_ += '}';
    return std::move(out_);
  }

 private:
  void Name(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    codec::AppendJsonString(out_, name);
    out_ += ':';
  }

  std::string out_ = "{";
};

std::string RefText(const SnapshotRef& ref) {
  ObjectText object;
  object.Number("snapshot-id", ref.snapshot_id);
  object.Text("type", ref.type);
  object.Number("min-snapshots-to-keep", ref.min_snapshots_to_keep);
  object.Number("max-snapshot-age-ms", ref.max_snapshot_age_ms);
  object.Number("max-ref-age-ms", ref.max_ref_age_ms);
  return std::move(object).Finish();
}

void AddIdentity(const TableMetadata& metadata, ObjectText& object) {
  object.Number("format-version", metadata.format_version);
  object.Text("table-uuid", metadata.table_uuid);
  object.Text("location", metadata.location);
  if (metadata.format_version > 1) object.Number("last-sequence-number", metadata.last_sequence_number);
  object.Number("last-updated-ms", metadata.last_updated_ms);
  object.Number("last-column-id", metadata.last_column_id);
  if (metadata.format_version >= 3) object.Number("next-row-id", metadata.next_row_id.value_or(0));
}

void AddStructure(const TableMetadata& metadata, ObjectText& object) {
  if (metadata.format_version == 1) {
    // Readers of the first specification know only these two.
    object.Json("schema", metadata.FindSchema(metadata.current_schema_id)->json);
    object.Json("partition-spec", EncodePartitionSpec(*metadata.FindSpec(metadata.default_spec_id)).at("fields"));
  }
  object.Number("current-schema-id", metadata.current_schema_id);
  object.List("schemas", metadata.schemas,
              [](const auto& schema, std::string& out) { out += codec::Dump(schema->json); });
  object.Number("default-spec-id", metadata.default_spec_id);
  object.List("partition-specs", metadata.partition_specs,
              [](const PartitionSpec& spec, std::string& out) { out += codec::Dump(EncodePartitionSpec(spec)); });
  object.Number("last-partition-id", metadata.last_partition_id);
  object.Number("default-sort-order-id", metadata.default_sort_order_id);
  object.List("sort-orders", metadata.sort_orders,
              [](const SortOrder& order, std::string& out) { out += codec::Dump(order.json); });
}

void AddHistory(const TableMetadata& metadata, ObjectText& object) {
  if (metadata.current_snapshot_id) object.Number("current-snapshot-id", *metadata.current_snapshot_id);
  ObjectText refs;
  for (const auto& [name, ref] : metadata.refs) refs.Raw(name, RefText(ref));
  object.Raw("refs", std::move(refs).Finish());
  object.List("snapshots", metadata.snapshots,
              [](const SnapshotRecordPtr& snapshot, std::string& out) { out += snapshot->text; });
  const auto dump = [](const StatisticsFile& file, std::string& out) { out += codec::Dump(file.json); };
  object.List("statistics", metadata.statistics, dump);
  object.List("partition-statistics", metadata.partition_statistics, dump);
  object.List("snapshot-log", metadata.snapshot_log, [](const SnapshotLogEntry& entry, std::string& out) {
    ObjectText one;
    one.Number("timestamp-ms", entry.timestamp_ms);
    one.Number("snapshot-id", entry.snapshot_id);
    out += std::move(one).Finish();
  });
  object.List("metadata-log", metadata.metadata_log, [](const MetadataLogEntry& entry, std::string& out) {
    ObjectText one;
    one.Number("timestamp-ms", entry.timestamp_ms);
    one.Text("metadata-file", entry.metadata_file);
    out += std::move(one).Finish();
  });
}

}  // namespace

OrderedJson EncodePartitionSpec(const PartitionSpec& spec) {
  OrderedJson fields = OrderedJson::array();
  for (const PartitionField& field : spec.fields) {
    OrderedJson json = OrderedJson::object();
    if (field.source_ids.size() == 1) json["source-id"] = field.source_ids.front();
    if (field.source_ids.size() != 1) json["source-ids"] = field.source_ids;
    json["field-id"] = field.field_id;
    json["name"] = field.name;
    json["transform"] = field.transform;
    fields.push_back(std::move(json));
  }
  return {{"spec-id", spec.spec_id}, {"fields", std::move(fields)}};
}

std::string EncodeSnapshot(const SnapshotRecord& snapshot, int32_t format_version) {
  ObjectText object;
  object.Number("snapshot-id", snapshot.snapshot_id);
  object.Number("parent-snapshot-id", snapshot.parent_id);
  object.Number("sequence-number", snapshot.sequence_number);
  object.Number("timestamp-ms", snapshot.timestamp_ms);
  object.Text("manifest-list", snapshot.manifest_list);
  object.Map("summary", snapshot.summary);
  if (snapshot.schema_id) object.Number("schema-id", *snapshot.schema_id);
  if (format_version >= 3) {
    object.Number("first-row-id", snapshot.first_row_id);
    object.Number("added-rows", snapshot.added_rows);
  }
  return std::move(object).Finish();
}

std::string EncodeMetadata(const TableMetadata& metadata) {
  TARN_ASSERT(metadata.format_version >= kMinFormatVersion && metadata.format_version <= kMaxFormatVersion);
  ObjectText object;
  AddIdentity(metadata, object);
  AddStructure(metadata, object);
  object.Map("properties", metadata.properties);
  AddHistory(metadata, object);
  if (metadata.others.is_object()) {
    for (const auto& [name, value] : metadata.others.items()) object.Json(name, value);
  }
  return std::move(object).Finish();
}

}  // namespace tarn::table::iceberg
