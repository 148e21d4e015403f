// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/table_updates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "table/iceberg/json_members.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/schema_ids.h"
#include "table/iceberg/table_properties.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

std::unexpected<Error> Refuse(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

/// What is broken in a request is not the table.
Error AsRequestError(Error error) {
  if (error.code == ErrorCode::kCorrupt) error.code = ErrorCode::kInvalidArgument;
  return error;
}

Result<StringMap> TextMap(const OrderedJson& json, const char* name) {
  TARN_ASSIGN(const OrderedJson* const object, ObjectMember(json, name));
  StringMap map;
  for (const auto& [key, value] : object->items()) {
    if (!value.is_string()) return Refuse(std::string(name) + "." + key + " is not text");
    map[key] = value.get<std::string>();
  }
  return map;
}

template <class Number>
Result<std::set<Number>> Numbers(const OrderedJson& json, const char* name) {
  TARN_ASSIGN(const OrderedJson* const list, ArrayMember(json, name));
  std::set<Number> numbers;
  for (const OrderedJson& one : *list) {
    if (!one.is_number_integer()) return Refuse(std::string(name) + " has an element that is no integer");
    numbers.insert(one.get<Number>());
  }
  return numbers;
}

Result<const OrderedJson*> Present(const OrderedJson& json, const char* name) {
  const OrderedJson* member = FindMember(json, name);
  if (member == nullptr || !member->is_object()) return Refuse(std::string(name) + " is missing");
  return member;
}

// Requirements -------------------------------------------------------------------------------------------------------

/// The wording of Iceberg's own catalogs: clients look for it.
std::unexpected<Error> Unmet(const std::string& what) {
  return Fail(ErrorCode::kConflict, "Requirement failed: " + what);
}

Status CheckRef(const OrderedJson& json, const TableMetadata& base) {
  TARN_ASSIGN(const std::string name, TextMember(json, "ref"));
  TARN_ASSIGN(const auto wanted, OptionalLong(json, "snapshot-id"));
  const auto found = base.refs.find(name);
  if (found == base.refs.end()) {
    if (wanted) return Unmet("branch or tag " + name + " is missing, expected " + std::to_string(*wanted));
    return {};
  }
  const std::string& type = found->second.type;
  const std::string is = std::to_string(found->second.snapshot_id);
  if (!wanted) return Unmet(type + " " + name + " was created concurrently");
  if (*wanted == found->second.snapshot_id) return {};
  return Unmet(type + " " + name + " has changed: expected id " + std::to_string(*wanted) + " != " + is);
}

struct NumberRequirement {
  std::string_view type;
  const char* member;
  int32_t TableMetadata::* value;
  const char* what;
};

constexpr auto kNumberRequirements = std::to_array<NumberRequirement>({
    {"assert-last-assigned-field-id", "last-assigned-field-id", &TableMetadata::last_column_id,
     "last assigned field id changed"},
    {"assert-current-schema-id", "current-schema-id", &TableMetadata::current_schema_id, "current schema changed"},
    {"assert-last-assigned-partition-id", "last-assigned-partition-id", &TableMetadata::last_partition_id,
     "last assigned partition id changed"},
    {"assert-default-spec-id", "default-spec-id", &TableMetadata::default_spec_id, "default partition spec changed"},
    {"assert-default-sort-order-id", "default-sort-order-id", &TableMetadata::default_sort_order_id,
     "default sort order changed"},
});

Status CheckRequirement(const OrderedJson& json, const TableMetadata* base) {
  if (!json.is_object()) return Refuse("a requirement is an object");
  TARN_ASSIGN(const std::string type, TextMember(json, "type"));
  if (type == "assert-create") return base == nullptr ? Status() : Status(Unmet("table already exists"));
  if (base == nullptr) return Unmet("table does not exist");
  if (type == "assert-table-uuid") {
    TARN_ASSIGN(const std::string uuid, TextMember(json, "uuid"));
    if (uuid == base->table_uuid) return {};
    return Unmet("UUID does not match: expected " + base->table_uuid + " != " + uuid);
  }
  if (type == "assert-ref-snapshot-id") return CheckRef(json, *base);
  for (const NumberRequirement& requirement : kNumberRequirements) {
    if (requirement.type != type) continue;
    TARN_ASSIGN(const int32_t wanted, IntMember(json, requirement.member));
    const int32_t is = base->*requirement.value;
    if (wanted == is) return {};
    return Unmet(std::string(requirement.what) + ": expected id " + std::to_string(wanted) +
                 " != " + std::to_string(is));
  }
  return Refuse("requirement " + type);
}

// Updates ------------------------------------------------------------------------------------------------------------

Status AddSnapshot(const OrderedJson& json, MetadataBuilder& builder) {
  TARN_ASSIGN(const OrderedJson* const snapshot, Present(json, "snapshot"));
  TARN_ASSIGN(SnapshotRecordPtr record, DecodeSnapshot(*snapshot));
  return builder.AddSnapshot(std::move(record));
}

Status SetRef(const OrderedJson& json, MetadataBuilder& builder) {
  TARN_ASSIGN(const std::string name, TextMember(json, "ref-name"));
  TARN_ASSIGN(const SnapshotRef ref, DecodeRef(json));
  return builder.SetRef(name, ref);
}

Status SetProperties(const OrderedJson& json, MetadataBuilder& builder) {
  TARN_ASSIGN(const StringMap properties, TextMap(json, json.contains("updates") ? "updates" : "updated"));
  builder.SetProperties(properties);
  return {};
}

Status RemoveProperties(const OrderedJson& json, MetadataBuilder& builder) {
  TARN_ASSIGN(const OrderedJson* const list, ArrayMember(json, json.contains("removals") ? "removals" : "removed"));
  std::vector<std::string> names;
  for (const OrderedJson& one : *list) {
    if (!one.is_string()) return Refuse("removals has an element that is no text");
    names.push_back(one.get<std::string>());
  }
  builder.RemoveProperties(names);
  return {};
}

Result<StatisticsFile> StatisticsOf(const OrderedJson& json, const char* name) {
  TARN_ASSIGN(const OrderedJson* const statistics, Present(json, name));
  StatisticsFile file;
  TARN_ASSIGN(file.snapshot_id, LongMember(*statistics, "snapshot-id"));
  file.json = *statistics;
  return file;
}

/// A member that holds an id, handed to a change of the builder.
template <Status (MetadataBuilder::*kChange)(int32_t)>
Status ById(const OrderedJson& json, const char* member, MetadataBuilder& builder) {
  TARN_ASSIGN(const int32_t id, IntMember(json, member));
  return (builder.*kChange)(id);
}

template <class Number, Status (MetadataBuilder::*kChange)(const std::set<Number>&)>
Status ByIds(const OrderedJson& json, const char* member, MetadataBuilder& builder) {
  TARN_ASSIGN(const auto ids, Numbers<Number>(json, member));
  return (builder.*kChange)(ids);
}

using Apply = Status (*)(const OrderedJson&, MetadataBuilder&);
using Json = const OrderedJson&;

constexpr auto kUpdates = std::to_array<std::pair<std::string_view, Apply>>({
    {"assign-uuid",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const std::string uuid, TextMember(json, "uuid"));
       return builder.AssignUuid(uuid);
     }},
    {"upgrade-format-version",
     [](Json json, MetadataBuilder& b) { return ById<&MetadataBuilder::UpgradeFormatVersion>(json, "format-version", b); }},
    {"set-location",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(std::string location, TextMember(json, "location"));
       return builder.SetLocation(std::move(location));
     }},
    {"add-schema",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const OrderedJson* const schema, Present(json, "schema"));
       return builder.AddSchema(*schema);
     }},
    {"set-current-schema",
     [](Json json, MetadataBuilder& b) { return ById<&MetadataBuilder::SetCurrentSchema>(json, "schema-id", b); }},
    {"remove-schemas",
     [](Json json, MetadataBuilder& b) { return ByIds<int32_t, &MetadataBuilder::RemoveSchemas>(json, "schema-ids", b); }},
    {"add-spec",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const OrderedJson* const spec, Present(json, "spec"));
       return builder.AddPartitionSpec(*spec);
     }},
    {"set-default-spec",
     [](Json json, MetadataBuilder& b) { return ById<&MetadataBuilder::SetDefaultSpec>(json, "spec-id", b); }},
    {"remove-partition-specs",
     [](Json json, MetadataBuilder& b) {
       return ByIds<int32_t, &MetadataBuilder::RemovePartitionSpecs>(json, "spec-ids", b);
     }},
    {"add-sort-order",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const OrderedJson* const order, Present(json, "sort-order"));
       return builder.AddSortOrder(*order);
     }},
    {"set-default-sort-order",
     [](Json json, MetadataBuilder& b) { return ById<&MetadataBuilder::SetDefaultSortOrder>(json, "sort-order-id", b); }},
    {"add-snapshot", AddSnapshot},
    {"remove-snapshots",
     [](Json json, MetadataBuilder& b) {
       return ByIds<int64_t, &MetadataBuilder::RemoveSnapshots>(json, "snapshot-ids", b);
     }},
    {"set-snapshot-ref", SetRef},
    {"remove-snapshot-ref",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const std::string name, TextMember(json, "ref-name"));
       return builder.RemoveRef(name);
     }},
    {"set-properties", SetProperties},
    {"remove-properties", RemoveProperties},
    {"set-statistics",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(StatisticsFile file, StatisticsOf(json, "statistics"));
       return builder.SetStatistics(std::move(file));
     }},
    {"remove-statistics",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const int64_t id, LongMember(json, "snapshot-id"));
       builder.RemoveStatistics(id);
       return {};
     }},
    {"set-partition-statistics",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(StatisticsFile file, StatisticsOf(json, "partition-statistics"));
       return builder.SetPartitionStatistics(std::move(file));
     }},
    {"remove-partition-statistics",
     [](Json json, MetadataBuilder& builder) -> Status {
       TARN_ASSIGN(const int64_t id, LongMember(json, "snapshot-id"));
       builder.RemovePartitionStatistics(id);
       return {};
     }},
});

Status ApplyUpdate(const OrderedJson& json, MetadataBuilder& builder) {
  if (!json.is_object()) return Refuse("an update is an object");
  TARN_ASSIGN(const std::string action, TextMember(json, "action"));
  const auto found = std::ranges::find(kUpdates, action, &std::pair<std::string_view, Apply>::first);
  if (found == kUpdates.end()) return Fail(ErrorCode::kUnsupported, "update " + action);
  return found->second(json, builder);
}

// New tables ---------------------------------------------------------------------------------------------------------

/// Names that say what a table is in other catalogs' properties and are never stored as such.
constexpr auto kReservedProperties = std::to_array<std::string_view>(
    {kFormatVersionProperty, "uuid", "snapshot-count", "current-snapshot-id", "current-snapshot-summary",
     "current-snapshot-timestamp-ms", "current-schema", "default-partition-spec", "default-sort-order"});

Status PlanFormatVersion(const StringMap& properties, MetadataBuilder& builder) {
  const auto wanted = properties.find(kFormatVersionProperty);
  if (wanted == properties.end()) return {};
  int32_t version = 0;
  const std::string& text = wanted->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size()) return Refuse("format-version is no number: " + text);
  return builder.UpgradeFormatVersion(version);
}

/// Lets the sources of `fields` follow the columns' new ids.
Status Renumber(OrderedJson& holder, const std::map<int32_t, int32_t>& ids) {
  if (!holder.is_object() || !holder.contains("fields") || !holder["fields"].is_array()) {
    return Refuse("a partition spec or sort order without fields");
  }
  const auto follow = [&ids](OrderedJson& id) -> Status {
    const auto found = id.is_number_integer() ? ids.find(id.get<int32_t>()) : ids.end();
    if (found == ids.end()) return Refuse("a partition or order of no column: " + codec::Dump(id));
    id = found->second;
    return {};
  };
  for (OrderedJson& field : holder["fields"]) {
    if (!field.is_object()) return Refuse("a field of a partition spec or sort order is an object");
    field.erase("field-id");
    if (field.contains("source-id")) TARN_TRY(follow(field["source-id"]));
    if (!field.contains("source-ids")) continue;
    for (OrderedJson& id : field["source-ids"]) TARN_TRY(follow(id));
  }
  return {};
}

Result<TableMetadata> TryMakeNew(NewTable table, Timestamp now) {
  MetadataBuilder builder(now);
  TARN_TRY(PlanFormatVersion(table.properties, builder));
  TARN_TRY(builder.AssignUuid(table.uuid));
  TARN_TRY(builder.SetLocation(std::move(table.location)));
  TARN_ASSIGN(const auto ids, RenumberFields(table.schema));
  TARN_TRY(builder.AddSchema(std::move(table.schema)));
  TARN_TRY(builder.SetCurrentSchema(kLastAdded));
  if (!table.partition_spec.is_null()) {
    TARN_TRY(Renumber(table.partition_spec, ids));
    TARN_TRY(builder.AddPartitionSpec(table.partition_spec));
    TARN_TRY(builder.SetDefaultSpec(kLastAdded));
  }
  if (!table.sort_order.is_null()) {
    TARN_TRY(Renumber(table.sort_order, ids));
    TARN_TRY(builder.AddSortOrder(std::move(table.sort_order)));
    TARN_TRY(builder.SetDefaultSortOrder(kLastAdded));
  }
  for (const std::string_view name : kReservedProperties) table.properties.erase(std::string(name));
  builder.SetProperties(table.properties);
  return std::move(builder).Finish();
}

}  // namespace

Status CheckRequirements(const OrderedJson& requirements, const TableMetadata* base) {
  if (!requirements.is_array()) return Refuse("requirements is no list");
  for (const OrderedJson& one : requirements) {
    auto met = CheckRequirement(one, base);
    if (!met) return Fail(AsRequestError(std::move(met).error()));
  }
  return {};
}

Status ApplyUpdates(const OrderedJson& updates, MetadataBuilder& builder) {
  if (!updates.is_array()) return Refuse("updates is no list");
  for (const OrderedJson& one : updates) {
    auto applied = ApplyUpdate(one, builder);
    if (!applied) return Fail(AsRequestError(std::move(applied).error()));
  }
  return {};
}

Result<TableMetadata> MakeNewMetadata(NewTable table, Timestamp now) {
  auto made = TryMakeNew(std::move(table), now);
  if (!made) return Fail(AsRequestError(std::move(made).error()));
  return made;
}

}  // namespace tarn::table::iceberg
