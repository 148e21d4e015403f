// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/metadata_builder.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "table/iceberg/json_members.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/schema_ids.h"
#include "table/iceberg/transforms.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

constexpr int32_t kDefaultFormatVersion = 2;
constexpr size_t kMaxMetadataLog = 100;
constexpr const char* kPreviousVersionsProperty = "write.metadata.previous-versions-max";
constexpr int32_t kUnsortedOrderId = 0;

std::unexpected<Error> Refuse(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

int64_t MillisOf(Timestamp at) {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(at.micros)).count();
}

std::string Text(int64_t number) { return std::to_string(number); }

/// Same columns by the same transforms under the same names; the ids of the fields follow.
bool SamePartitions(const PartitionSpec& one, const PartitionSpec& other) {
  return std::ranges::equal(one.fields, other.fields, [](const PartitionField& a, const PartitionField& b) {
    return a.source_ids == b.source_ids && a.name == b.name &&
           ParseTransform(a.transform) == ParseTransform(b.transform);
  });
}

bool SameOrder(const OrderedJson& one, const OrderedJson& other) {
  const auto fields = [](const OrderedJson& order) {
    const OrderedJson* found = FindMember(order, "fields");
    return found == nullptr ? codec::Json::array() : codec::Json(*found);
  };
  return fields(one) == fields(other);
}

bool IsVoid(const PartitionField& field) { return ParseTransform(field.transform).kind == TransformKind::kVoid; }

}  // namespace

codec::Json SchemaIdentity(const OrderedJson& schema) {
  codec::Json identity(schema);
  identity.erase("schema-id");
  const auto keys = identity.find("identifier-field-ids");
  if (keys != identity.end() && (keys->is_null() || keys->empty())) identity.erase(keys);
  return identity;
}

MetadataBuilder::MetadataBuilder(Timestamp now) : is_new_(true), now_ms_(MillisOf(now)) {
  next_.format_version = kDefaultFormatVersion;
  next_.last_partition_id = kFirstPartitionFieldId - 1;
  next_.current_schema_id = kLastAdded;
  next_.default_spec_id = kLastAdded;
  next_.default_sort_order_id = kLastAdded;
  next_.others = OrderedJson::object();
}

MetadataBuilder::MetadataBuilder(const TableMetadata& base, std::string base_uri, Timestamp now)
    : next_(base),
      is_new_(false),
      base_uri_(std::move(base_uri)),
      now_ms_(std::max(MillisOf(now), base.last_updated_ms)) {
  next_.metadata_log.push_back({base.last_updated_ms, base_uri_});
}

Status MetadataBuilder::AssignUuid(const std::string& uuid) {
  if (uuid.empty()) return Refuse("a table's uuid is not empty");
  if (!next_.table_uuid.empty() && next_.table_uuid != uuid) return Refuse("a table's uuid never changes: " + uuid);
  next_.table_uuid = uuid;
  return {};
}

Status MetadataBuilder::UpgradeFormatVersion(int32_t version) {
  if (version < kMinFormatVersion || version > kMaxFormatVersion) {
    return Fail(ErrorCode::kUnsupported, "Iceberg format version " + Text(version));
  }
  const bool is_untouched = is_new_ && next_.schemas.empty() && next_.snapshots.empty();
  if (version < next_.format_version && !is_untouched) {
    return Refuse("the format version never goes back to " + Text(version));
  }
  next_.format_version = version;
  if (version >= 3 && !next_.next_row_id) next_.next_row_id = 0;
  return {};
}

Status MetadataBuilder::SetLocation(std::string location) {
  while (location.size() > 1 && location.ends_with('/')) location.pop_back();
  if (location.empty()) return Refuse("a table's location is not empty");
  next_.location = std::move(location);
  return {};
}

Status MetadataBuilder::AddSchema(OrderedJson json) {
  TARN_ASSIGN(const int32_t highest, HighestFieldId(json));
  const codec::Json identity = SchemaIdentity(json);
  int32_t id = 0;
  for (const auto& record : next_.schemas) {
    id = std::max(id, record->schema_id + 1);
    if (SchemaIdentity(record->json) != identity) continue;
    added_schema_ = record->schema_id;
    return {};
  }
  json["schema-id"] = id;
  next_.schemas.push_back(std::make_shared<SchemaRecord>(SchemaRecord{id, std::move(json)}));
  next_.last_column_id = std::max(next_.last_column_id, highest);
  added_schema_ = id;
  return {};
}

Status MetadataBuilder::SetCurrentSchema(int32_t id) {
  if (id == kLastAdded && !added_schema_) return Refuse("the commit adds no schema to make the current one");
  if (id == kLastAdded) id = *added_schema_;
  if (next_.FindSchema(id) == nullptr) return Refuse("there is no schema " + Text(id));
  next_.current_schema_id = id;
  return {};
}

Status MetadataBuilder::RemoveSchemas(const std::set<int32_t>& ids) {
  if (ids.contains(next_.current_schema_id)) return Refuse("the current schema cannot be removed");
  std::erase_if(next_.schemas, [&](const auto& schema) { return ids.contains(schema->schema_id); });
  return {};
}

Status MetadataBuilder::AddPartitionSpec(const OrderedJson& json) {
  OrderedJson named = json;
  if (!named.is_object()) return Refuse("a partition spec is an object");
  named["spec-id"] = 0;
  int32_t last = next_.last_partition_id;
  if (named.contains("fields") && named["fields"].is_array()) {
    for (OrderedJson& field : named["fields"]) {
      if (field.is_object() && FindMember(field, "field-id") == nullptr) field["field-id"] = ++last;
    }
  }
  TARN_ASSIGN(PartitionSpec spec, DecodePartitionSpec(named));
  for (const PartitionSpec& present : next_.partition_specs) {
    spec.spec_id = std::max(spec.spec_id, present.spec_id + 1);
    if (!SamePartitions(present, spec)) continue;
    added_spec_ = present.spec_id;
    return {};
  }
  for (const PartitionField& field : spec.fields) last = std::max(last, field.field_id);
  next_.last_partition_id = last;
  added_spec_ = spec.spec_id;
  next_.partition_specs.push_back(std::move(spec));
  return {};
}

Status MetadataBuilder::SetDefaultSpec(int32_t id) {
  if (id == kLastAdded && !added_spec_) return Refuse("the commit adds no partition spec to make the default");
  if (id == kLastAdded) id = *added_spec_;
  if (next_.FindSpec(id) == nullptr) return Refuse("there is no partition spec " + Text(id));
  next_.default_spec_id = id;
  return {};
}

Status MetadataBuilder::RemovePartitionSpecs(const std::set<int32_t>& ids) {
  if (ids.contains(next_.default_spec_id)) return Refuse("the default partition spec cannot be removed");
  std::erase_if(next_.partition_specs, [&](const PartitionSpec& spec) { return ids.contains(spec.spec_id); });
  return {};
}

Status MetadataBuilder::AddSortOrder(OrderedJson json) {
  if (!json.is_object()) return Refuse("a sort order is an object");
  TARN_ASSIGN(const OrderedJson* const fields, ArrayMember(json, "fields"));
  const bool is_unsorted = fields->empty();
  int32_t id = is_unsorted ? kUnsortedOrderId : kUnsortedOrderId + 1;
  for (const SortOrder& order : next_.sort_orders) {
    if (SameOrder(order.json, json)) {
      added_order_ = order.order_id;
      return {};
    }
    if (!is_unsorted) id = std::max(id, order.order_id + 1);
  }
  json["order-id"] = id;
  next_.sort_orders.push_back({id, std::move(json)});
  added_order_ = id;
  return {};
}

Status MetadataBuilder::SetDefaultSortOrder(int32_t id) {
  if (id == kLastAdded && !added_order_) return Refuse("the commit adds no sort order to make the default");
  if (id == kLastAdded) id = *added_order_;
  if (std::ranges::find(next_.sort_orders, id, &SortOrder::order_id) == next_.sort_orders.end()) {
    return Refuse("there is no sort order " + Text(id));
  }
  next_.default_sort_order_id = id;
  return {};
}

Status MetadataBuilder::AddSnapshot(SnapshotRecordPtr snapshot) {
  if (next_.FindSnapshot(snapshot->snapshot_id) != nullptr) {
    return Refuse("the snapshot is there already: " + Text(snapshot->snapshot_id));
  }
  const bool is_old = next_.format_version >= 2 && snapshot->sequence_number <= next_.last_sequence_number;
  if (is_old && snapshot->parent_id) {
    return Fail(ErrorCode::kConflict, "the snapshot's sequence number is not above the table's: " +
                                          Text(snapshot->sequence_number) + ", " + Text(next_.last_sequence_number));
  }
  if (next_.format_version >= 3) {
    if (!snapshot->first_row_id || !snapshot->added_rows || *snapshot->added_rows < 0) {
      return Refuse("a snapshot of format version 3 names first-row-id and added-rows");
    }
    if (*snapshot->first_row_id < *next_.next_row_id) {
      return Fail(ErrorCode::kConflict, "the snapshot's first-row-id is taken: " + Text(*snapshot->first_row_id));
    }
    *next_.next_row_id += *snapshot->added_rows;
  }
  next_.last_sequence_number = std::max(next_.last_sequence_number, snapshot->sequence_number);
  added_snapshots_.insert(snapshot->snapshot_id);
  next_.snapshots.push_back(std::move(snapshot));
  return {};
}

Status MetadataBuilder::RemoveSnapshots(const std::set<int64_t>& ids) {
  const auto is_gone = [&ids](const auto& one) { return ids.contains(one.snapshot_id); };
  std::erase_if(next_.snapshots, [&](const SnapshotRecordPtr& one) { return is_gone(*one); });
  std::erase_if(next_.statistics, is_gone);
  std::erase_if(next_.partition_statistics, is_gone);
  std::erase_if(next_.refs, [&](const auto& ref) { return is_gone(ref.second); });
  if (!next_.refs.contains(kMainBranch)) next_.current_snapshot_id.reset();
  return {};
}

Status MetadataBuilder::SetRef(const std::string& name, const SnapshotRef& ref) {
  if (next_.FindSnapshot(ref.snapshot_id) == nullptr) {
    return Refuse("there is no snapshot " + Text(ref.snapshot_id) + " for " + name);
  }
  if (name == kMainBranch) {
    if (ref.type != "branch") return Refuse("main is a branch, not a " + ref.type);
    if (next_.current_snapshot_id != ref.snapshot_id) next_.snapshot_log.push_back({now_ms_, ref.snapshot_id});
    next_.current_snapshot_id = ref.snapshot_id;
  }
  next_.refs[name] = ref;
  return {};
}

Status MetadataBuilder::RemoveRef(const std::string& name) {
  if (name == kMainBranch) next_.current_snapshot_id.reset();
  next_.refs.erase(name);
  return {};
}

void MetadataBuilder::SetProperties(const StringMap& properties) {
  for (const auto& [name, value] : properties) next_.properties[name] = value;
}

void MetadataBuilder::RemoveProperties(const std::vector<std::string>& names) {
  for (const std::string& name : names) next_.properties.erase(name);
}

Status MetadataBuilder::SetStatistics(StatisticsFile file) {
  if (next_.FindSnapshot(file.snapshot_id) == nullptr) return Refuse("there is no snapshot " + Text(file.snapshot_id));
  RemoveStatistics(file.snapshot_id);
  next_.statistics.push_back(std::move(file));
  return {};
}

void MetadataBuilder::RemoveStatistics(int64_t snapshot_id) {
  std::erase_if(next_.statistics, [&](const StatisticsFile& one) { return one.snapshot_id == snapshot_id; });
}

Status MetadataBuilder::SetPartitionStatistics(StatisticsFile file) {
  if (next_.FindSnapshot(file.snapshot_id) == nullptr) return Refuse("there is no snapshot " + Text(file.snapshot_id));
  RemovePartitionStatistics(file.snapshot_id);
  next_.partition_statistics.push_back(std::move(file));
  return {};
}

void MetadataBuilder::RemovePartitionStatistics(int64_t snapshot_id) {
  std::erase_if(next_.partition_statistics, [&](const StatisticsFile& one) { return one.snapshot_id == snapshot_id; });
}

Status MetadataBuilder::CheckComplete() const {
  if (next_.table_uuid.empty()) return Refuse("the table gets no uuid");
  if (next_.location.empty()) return Refuse("the table gets no location");
  if (next_.FindSchema(next_.current_schema_id) == nullptr) return Refuse("the table gets no current schema");
  if (next_.FindSpec(next_.default_spec_id) == nullptr) return Refuse("the table gets no default partition spec");
  return {};
}

/// What the default partition spec is made of must be columns of the current schema.
Status MetadataBuilder::CheckSources() const {
  TARN_ASSIGN(const auto ids, FieldIdsOf(next_.FindSchema(next_.current_schema_id)->json));
  for (const PartitionField& field : next_.FindSpec(next_.default_spec_id)->fields) {
    if (IsVoid(field)) continue;
    for (const int32_t id : field.source_ids) {
      if (!ids.contains(id)) return Refuse("partition field " + field.name + " has no column: " + Text(id));
    }
  }
  return {};
}

void MetadataBuilder::TrimLogs() {
  // Main may have passed several snapshots on its way: only where it arrived is history.
  std::erase_if(next_.snapshot_log, [&](const SnapshotLogEntry& entry) {
    return added_snapshots_.contains(entry.snapshot_id) && entry.snapshot_id != next_.current_snapshot_id;
  });
  // What lies before a snapshot that is gone is no history without gaps.
  std::unordered_set<int64_t> present;
  for (const auto& snapshot : next_.snapshots) present.insert(snapshot->snapshot_id);
  const auto gap = std::find_if(next_.snapshot_log.rbegin(), next_.snapshot_log.rend(),
                                [&](const SnapshotLogEntry& entry) { return !present.contains(entry.snapshot_id); });
  next_.snapshot_log.erase(next_.snapshot_log.begin(), gap.base());

  size_t kept = kMaxMetadataLog;
  if (const auto bound = next_.properties.find(kPreviousVersionsProperty); bound != next_.properties.end()) {
    const std::string& text = bound->second;
    std::from_chars(text.data(), text.data() + text.size(), kept);
    kept = std::clamp<size_t>(kept, 1, kMaxMetadataLog);
  }
  auto& log = next_.metadata_log;
  if (log.size() > kept) log.erase(log.begin(), log.end() - static_cast<std::ptrdiff_t>(kept));
}

Result<TableMetadata> MetadataBuilder::Finish() && {
  if (is_new_) {
    if (next_.partition_specs.empty()) {
      TARN_TRY(AddPartitionSpec({{"fields", OrderedJson::array()}}));
      TARN_TRY(SetDefaultSpec(kLastAdded));
    }
    if (next_.sort_orders.empty()) {
      TARN_TRY(AddSortOrder({{"fields", OrderedJson::array()}}));
    }
    if (next_.default_sort_order_id == kLastAdded) next_.default_sort_order_id = next_.sort_orders.back().order_id;
  }
  TARN_TRY(CheckComplete());
  TARN_TRY(CheckSources());
  TrimLogs();
  next_.last_updated_ms = now_ms_;
  for (const auto& snapshot : next_.snapshots) {
    if (added_snapshots_.contains(snapshot->snapshot_id)) {
      next_.last_updated_ms = std::max(next_.last_updated_ms, snapshot->timestamp_ms);
    }
  }
  return std::move(next_);
}

}  // namespace tarn::table::iceberg
