// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/manifest_schema.h"

#include <limits>
#include <string>
#include <utility>

#include "codec/avro_cursor.h"
#include "table/iceberg/decimal_bytes.h"

namespace tarn::table::iceberg {
namespace {

using codec::AvroField;
using codec::AvroKind;
using codec::AvroPrimitive;
using codec::AvroType;
using codec::AvroTypePtr;
using codec::OrderedJson;

constexpr size_t kUuidBytes = 16;
constexpr const char* kFieldId = "field-id";
constexpr const char* kOriginalName = "iceberg-field-name";

AvroField Required(int32_t id, std::string name, AvroTypePtr type) {
  AvroField field;
  field.name = std::move(name);
  field.type = std::move(type);
  field.attributes[kFieldId] = id;
  return field;
}

AvroField Optional(int32_t id, std::string name, AvroTypePtr type) {
  AvroField field = Required(id, std::move(name), codec::AvroOptional(std::move(type)));
  field.default_value = OrderedJson(nullptr);
  return field;
}

AvroTypePtr Int() { return AvroPrimitive(AvroKind::kInt); }
AvroTypePtr Long() { return AvroPrimitive(AvroKind::kLong); }
AvroTypePtr String() { return AvroPrimitive(AvroKind::kString); }
AvroTypePtr Bytes() { return AvroPrimitive(AvroKind::kBytes); }

AvroTypePtr List(int32_t element_id, AvroTypePtr items) {
  return codec::AvroArray(std::move(items), {{"element-id", element_id}});
}

// Avro's own maps have text as keys: others are arrays of pairs.
AvroTypePtr MapOfInt(int32_t key_id, int32_t value_id, AvroTypePtr value) {
  const std::string name = "k" + std::to_string(key_id) + "_v" + std::to_string(value_id);
  auto pair = codec::AvroRecord(name, {Required(key_id, "key", Int()), Required(value_id, "value", std::move(value))});
  return codec::AvroArray(std::move(pair), {{"logicalType", "map"}});
}

AvroTypePtr Logical(AvroKind kind, const char* name) { return AvroPrimitive(kind, {{"logicalType", name}}); }
AvroTypePtr Timestamp(const char* unit, bool utc) {
  return AvroPrimitive(AvroKind::kLong, {{"logicalType", unit}, {"adjust-to-utc", utc}});
}

Result<AvroTypePtr> AvroTypeOf(const PrimitiveType& type) {
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      return AvroPrimitive(AvroKind::kBoolean);
    case PrimitiveKind::kInt:
      return Int();
    case PrimitiveKind::kLong:
      return Long();
    case PrimitiveKind::kFloat:
      return AvroPrimitive(AvroKind::kFloat);
    case PrimitiveKind::kDouble:
      return AvroPrimitive(AvroKind::kDouble);
    case PrimitiveKind::kDecimal:
      return codec::AvroFixed("decimal_" + std::to_string(type.precision) + "_" + std::to_string(type.scale),
                              DecimalBytesOfPrecision(type.precision),
                              {{"logicalType", "decimal"}, {"precision", type.precision}, {"scale", type.scale}});
    case PrimitiveKind::kDate:
      return Logical(AvroKind::kInt, "date");
    case PrimitiveKind::kTime:
      return Logical(AvroKind::kLong, "time-micros");
    case PrimitiveKind::kTimestamp:
    case PrimitiveKind::kTimestampTz:
      return Timestamp("timestamp-micros", type.kind == PrimitiveKind::kTimestampTz);
    case PrimitiveKind::kTimestampNs:
    case PrimitiveKind::kTimestampTzNs:
      return Timestamp("timestamp-nanos", type.kind == PrimitiveKind::kTimestampTzNs);
    case PrimitiveKind::kString:
      return String();
    case PrimitiveKind::kUuid:
      return codec::AvroFixed("uuid_fixed", kUuidBytes, {{"logicalType", "uuid"}});
    case PrimitiveKind::kFixed:
      return codec::AvroFixed("fixed_" + std::to_string(type.length_bytes), static_cast<size_t>(type.length_bytes));
    case PrimitiveKind::kBinary:
      return Bytes();
    case PrimitiveKind::kUnknown:
      break;
  }
  return Fail(ErrorCode::kUnsupported, "partition column of Iceberg type " + PrimitiveTypeName(type));
}

// Avro's names are ASCII words; what is none becomes _x and its code.
std::string AvroName(const std::string& name) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string safe;
  for (const char c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    if (is_letter || (is_digit && !safe.empty())) {
      safe += c;
    } else if (is_digit) {
      safe += std::string("_") + c;
    } else {
      safe += "_x";
      safe += kDigits[static_cast<uint8_t>(c) >> 4];
      safe += kDigits[static_cast<uint8_t>(c) & 0xf];
    }
  }
  return safe.empty() ? "_" : safe;
}

Result<AvroTypePtr> PartitionRecord(std::span<const PartitionColumn> partition) {
  std::vector<AvroField> fields;
  for (const PartitionColumn& column : partition) {
    TARN_ASSIGN(auto type, AvroTypeOf(column.type));
    std::string safe = AvroName(column.name);
    const bool is_renamed = safe != column.name;
    fields.push_back(Optional(column.field_id, std::move(safe), std::move(type)));
    if (is_renamed) fields.back().attributes[kOriginalName] = column.name;
  }
  return codec::AvroRecord("r102", std::move(fields));
}

AvroTypePtr DataFileRecord(int32_t format_version, AvroTypePtr partition) {
  std::vector<AvroField> fields = {
      Required(field::kContent, "content", Int()),
      Required(field::kFilePath, "file_path", String()),
      Required(field::kFileFormat, "file_format", String()),
      Required(field::kPartition, "partition", std::move(partition)),
      Required(field::kRecordCount, "record_count", Long()),
      Required(field::kFileSize, "file_size_in_bytes", Long()),
      Optional(field::kColumnSizes, "column_sizes", MapOfInt(117, 118, Long())),
      Optional(field::kValueCounts, "value_counts", MapOfInt(119, 120, Long())),
      Optional(field::kNullCounts, "null_value_counts", MapOfInt(121, 122, Long())),
      Optional(field::kNanCounts, "nan_value_counts", MapOfInt(138, 139, Long())),
      Optional(field::kLowerBounds, "lower_bounds", MapOfInt(126, 127, Bytes())),
      Optional(field::kUpperBounds, "upper_bounds", MapOfInt(129, 130, Bytes())),
      Optional(field::kKeyMetadata, "key_metadata", Bytes()),
      Optional(field::kSplitOffsets, "split_offsets", List(133, Long())),
      Optional(field::kEqualityIds, "equality_ids", List(136, Int())),
      Optional(field::kSortOrderId, "sort_order_id", Int()),
  };
  if (format_version >= 3) fields.push_back(Optional(field::kFirstRowId, "first_row_id", Long()));
  fields.push_back(Optional(field::kReferencedDataFile, "referenced_data_file", String()));
  if (format_version >= 3) {
    fields.push_back(Optional(field::kContentOffset, "content_offset", Long()));
    fields.push_back(Optional(field::kContentSize, "content_size_in_bytes", Long()));
  }
  return codec::AvroRecord("r2", std::move(fields));
}

std::string LogicalTypeOf(const AvroType& type) {
  const auto found = type.attributes.find("logicalType");
  return found != type.attributes.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint8_t SmallNumber(const AvroType& type, const char* attribute) {
  const auto found = type.attributes.find(attribute);
  if (found == type.attributes.end() || !found->is_number_unsigned() || found->get<uint64_t>() > 38) return 0;
  return found->get<uint8_t>();
}

Result<PrimitiveType> IcebergTypeOf(const AvroType& type) {
  PrimitiveType result;
  const std::string logical = LogicalTypeOf(type);
  const auto utc = type.attributes.find("adjust-to-utc");
  const bool is_utc = utc != type.attributes.end() && utc->is_boolean() && utc->get<bool>();
  if (logical == "decimal" && (type.kind == AvroKind::kFixed || type.kind == AvroKind::kBytes)) {
    result.kind = PrimitiveKind::kDecimal;
    result.precision = SmallNumber(type, "precision");
    result.scale = SmallNumber(type, "scale");
    return result;
  }
  switch (type.kind) {
    case AvroKind::kBoolean:
      result.kind = PrimitiveKind::kBoolean;
      return result;
    case AvroKind::kInt:
      result.kind = logical == "date" ? PrimitiveKind::kDate : PrimitiveKind::kInt;
      return result;
    case AvroKind::kLong:
      result.kind = PrimitiveKind::kLong;
      if (logical == "time-micros") result.kind = PrimitiveKind::kTime;
      if (logical == "timestamp-micros") result.kind = is_utc ? PrimitiveKind::kTimestampTz : PrimitiveKind::kTimestamp;
      if (logical == "timestamp-nanos") {
        result.kind = is_utc ? PrimitiveKind::kTimestampTzNs : PrimitiveKind::kTimestampNs;
      }
      return result;
    case AvroKind::kFloat:
      result.kind = PrimitiveKind::kFloat;
      return result;
    case AvroKind::kDouble:
      result.kind = PrimitiveKind::kDouble;
      return result;
    case AvroKind::kString:
      return result;
    case AvroKind::kBytes:
      result.kind = PrimitiveKind::kBinary;
      return result;
    case AvroKind::kFixed:
      if (type.size_bytes > static_cast<size_t>(kMaxFixedBytes)) break;
      result.kind = logical == "uuid" && type.size_bytes == kUuidBytes ? PrimitiveKind::kUuid : PrimitiveKind::kFixed;
      if (result.kind == PrimitiveKind::kFixed) result.length_bytes = static_cast<int32_t>(type.size_bytes);
      return result;
    default:
      break;
  }
  return Fail(ErrorCode::kUnsupported, "a partition column of a manifest has a type that is none of Iceberg's");
}

AvroTypePtr EntryRecord(int32_t format_version, AvroTypePtr partition) {
  return codec::AvroRecord(
      "manifest_entry",
      {Required(field::kStatus, "status", Int()), Optional(field::kSnapshotId, "snapshot_id", Long()),
       Optional(field::kSequence, "sequence_number", Long()),
       Optional(field::kFileSequence, "file_sequence_number", Long()),
       Required(field::kDataFile, "data_file", DataFileRecord(format_version, std::move(partition)))});
}

AvroTypePtr ManifestFileRecord(int32_t format_version) {
  auto summary =
      codec::AvroRecord("r508", {Required(field::kContainsNull, "contains_null", AvroPrimitive(AvroKind::kBoolean)),
                                 Optional(field::kContainsNan, "contains_nan", AvroPrimitive(AvroKind::kBoolean)),
                                 Optional(field::kSummaryLower, "lower_bound", Bytes()),
                                 Optional(field::kSummaryUpper, "upper_bound", Bytes())});
  std::vector<AvroField> fields = {
      Required(field::kManifestPath, "manifest_path", String()),
      Required(field::kManifestLength, "manifest_length", Long()),
      Required(field::kPartitionSpecId, "partition_spec_id", Int()),
      Required(field::kManifestContent, "content", Int()),
      Required(field::kManifestSequence, "sequence_number", Long()),
      Required(field::kMinSequence, "min_sequence_number", Long()),
      Required(field::kAddedSnapshotId, "added_snapshot_id", Long()),
      Required(field::kAddedFiles, "added_files_count", Int()),
      Required(field::kExistingFiles, "existing_files_count", Int()),
      Required(field::kDeletedFiles, "deleted_files_count", Int()),
      Required(field::kAddedRows, "added_rows_count", Long()),
      Required(field::kExistingRows, "existing_rows_count", Long()),
      Required(field::kDeletedRows, "deleted_rows_count", Long()),
      Optional(field::kPartitions, "partitions", List(508, std::move(summary))),
      Optional(field::kManifestKeyMetadata, "key_metadata", Bytes()),
  };
  if (format_version >= 3) fields.push_back(Optional(field::kManifestFirstRowId, "first_row_id", Long()));
  return codec::AvroRecord("manifest_file", std::move(fields));
}

std::string UnpartitionedText(int32_t format_version) {
  return codec::AvroSchemaText(*EntryRecord(format_version, codec::AvroRecord("r102", {})));
}

}  // namespace

Result<std::string> ManifestEntrySchema(int32_t format_version, std::span<const PartitionColumn> partition) {
  if (partition.empty()) {
    static const std::string kV2 = UnpartitionedText(2);
    static const std::string kV3 = UnpartitionedText(3);
    return format_version >= 3 ? kV3 : kV2;
  }
  TARN_ASSIGN(auto record, PartitionRecord(partition));
  return codec::AvroSchemaText(*EntryRecord(format_version, std::move(record)));
}

const std::string& ManifestFileSchema(int32_t format_version) {
  static const std::string kV2 = codec::AvroSchemaText(*ManifestFileRecord(2));
  static const std::string kV3 = codec::AvroSchemaText(*ManifestFileRecord(3));
  return format_version >= 3 ? kV3 : kV2;
}

int32_t FieldIdOf(const AvroField& field) {
  const auto found = field.attributes.find(kFieldId);
  if (found == field.attributes.end() || !found->is_number_unsigned()) return -1;
  const auto id = found->get<uint64_t>();
  return id <= static_cast<uint64_t>(std::numeric_limits<int32_t>::max()) ? static_cast<int32_t>(id) : -1;
}

Result<std::vector<PartitionColumn>> PartitionColumnsOf(const AvroType& record) {
  std::vector<PartitionColumn> columns;
  for (const AvroField& one : record.fields) {
    TARN_ASSIGN(const codec::AvroSlot slot, codec::SlotOf(*one.type));
    PartitionColumn column;
    column.field_id = FieldIdOf(one);
    const auto original = one.attributes.find(kOriginalName);
    column.name = original != one.attributes.end() && original->is_string() ? original->get<std::string>() : one.name;
    column.type.kind = PrimitiveKind::kUnknown;
    if (slot.type != nullptr) {
      TARN_ASSIGN(column.type, IcebergTypeOf(*slot.type));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace tarn::table::iceberg
