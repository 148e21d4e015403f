// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "table/iceberg/decimal_bytes.h"
#include "table/iceberg/manifest_avro.h"
#include "table/iceberg/manifest_schema.h"

namespace tarn::table::iceberg {
namespace {

using codec::AvroCursor;
using codec::AvroField;
using codec::AvroKind;
using codec::AvroSlot;
using codec::AvroType;

constexpr std::array kEntryFields = {field::kStatus, field::kDataFile};
constexpr std::array kFileFields = {field::kFilePath, field::kFileFormat, field::kRecordCount, field::kFileSize};

std::unexpected<Error> Corrupt(std::string why) {
  return Fail(ErrorCode::kCorrupt, "damaged Iceberg manifest: " + std::move(why));
}

Result<int32_t> NumberIn(const std::map<std::string, std::string>& metadata, const char* key, int32_t otherwise) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return otherwise;
  const std::string& text = found->second;
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return Corrupt(std::string(key) + " is no number");
  return number;
}

std::string TextIn(const std::map<std::string, std::string>& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string() : found->second;
}

bool IsMetric(int32_t field_id) {
  switch (field_id) {
    case field::kColumnSizes:
    case field::kValueCounts:
    case field::kNullCounts:
    case field::kNanCounts:
    case field::kLowerBounds:
    case field::kUpperBounds:
    case field::kSplitOffsets:
    case field::kSortOrderId:
      return true;
    default:
      return false;
  }
}

int32_t ReadInt(AvroCursor& in, const AvroType& type) {
  const int64_t value = in.Integer(type);
  if (value == static_cast<int32_t>(value)) return static_cast<int32_t>(value);
  in.SetError("an int is out of range");
  return 0;
}

template <class Number>
void ReadNumbers(AvroCursor& in, const AvroType& list, std::vector<Number>& numbers) {
  if (list.kind != AvroKind::kArray) return in.SetError("a list was expected");
  const AvroType& item = *list.children[0];
  for (int64_t left = 0; in.NextItem(left, item);) {
    if constexpr (sizeof(Number) == 4) {
      numbers.push_back(ReadInt(in, item));
    } else {
      numbers.push_back(in.Integer(item));
    }
  }
}

Value ReadValue(AvroCursor& in, const AvroType& type, const PrimitiveType& column) {
  switch (column.kind) {
    case PrimitiveKind::kBoolean:
      return in.Boolean();
    case PrimitiveKind::kInt:
    case PrimitiveKind::kLong:
    case PrimitiveKind::kTime:
    case PrimitiveKind::kTimestampNs:
    case PrimitiveKind::kTimestampTzNs:
      return in.Integer(type);
    case PrimitiveKind::kDate:
      return DateValue{ReadInt(in, type)};
    case PrimitiveKind::kTimestamp:
    case PrimitiveKind::kTimestampTz:
      return TimestampValue{.micros = in.Integer(type), .utc = column.kind == PrimitiveKind::kTimestampTz};
    case PrimitiveKind::kFloat:
    case PrimitiveKind::kDouble:
      return in.Real(type);
    case PrimitiveKind::kDecimal: {
      const auto unscaled = DecimalOfBytes(in.Binary(type));
      if (!unscaled) in.SetError("a decimal has no or too many bytes");
      return DecimalValue{.unscaled = unscaled.value_or(0), .precision = column.precision, .scale = column.scale};
    }
    case PrimitiveKind::kString:
    case PrimitiveKind::kUuid:
    case PrimitiveKind::kFixed:
    case PrimitiveKind::kBinary:
      return std::string(in.Binary(type));
    case PrimitiveKind::kUnknown:
      break;
  }
  return {};
}

// The metrics of column `id`; `hint` is where the map before the key was.
ColumnMetrics& MetricsOf(std::vector<ColumnMetrics>& columns, int32_t id, size_t& hint, bool& is_unsorted) {
  if (hint < columns.size() && columns[hint].field_id == id) return columns[hint++];
  if (!is_unsorted && !columns.empty() && id <= columns.back().field_id) {
    const auto found = std::ranges::lower_bound(columns, id, {}, &ColumnMetrics::field_id);
    if (found->field_id == id) {
      hint = static_cast<size_t>(found - columns.begin()) + 1;
      return *found;
    }
    is_unsorted = true;
  }
  ColumnMetrics& added = columns.emplace_back();
  added.field_id = id;
  hint = columns.size();
  return added;
}

template <class Member>
void FillIn(Member& target, Member& source) {
  if (!target) target = std::move(source);
}

// Puts columns that came out of order in order and joins what belongs together.
void Tidy(std::vector<ColumnMetrics>& columns) {
  std::ranges::stable_sort(columns, {}, &ColumnMetrics::field_id);
  std::vector<ColumnMetrics> joined;
  for (ColumnMetrics& one : columns) {
    if (joined.empty() || joined.back().field_id != one.field_id) {
      joined.push_back(std::move(one));
      continue;
    }
    ColumnMetrics& same = joined.back();
    FillIn(same.size_bytes, one.size_bytes);
    FillIn(same.value_count, one.value_count);
    FillIn(same.null_count, one.null_count);
    FillIn(same.nan_count, one.nan_count);
    FillIn(same.lower, one.lower);
    FillIn(same.upper, one.upper);
  }
  columns = std::move(joined);
}

// Everything back to "not there", memory kept.
void Reset(ManifestEntry& entry) {
  ContentFile& file = entry.file;
  entry.status = EntryStatus::kAdded;
  entry.snapshot_id = entry.sequence = entry.file_sequence = std::nullopt;
  file.content = FileContent::kData;
  file.partition.clear();
  file.columns.clear();
  file.split_offsets.clear();
  file.equality_ids.clear();
  file.key_metadata.reset();
  file.sort_order_id.reset();
  file.referenced_data_file.reset();
  file.first_row_id = file.content_offset = file.content_size_bytes = std::nullopt;
}

}  // namespace

Result<ManifestReader> ManifestReader::Open(std::string_view bytes, const ManifestFile& manifest,
                                            const Options& options) {
  auto file = codec::AvroFileReader::Open(bytes);
  if (!file) return Fail(std::move(file).error().In("manifest " + manifest.path));
  ManifestReader reader(std::move(*file));
  reader.options_ = options;
  reader.manifest_ = manifest;
  reader.next_row_id_ = manifest.first_row_id;
  for (const Status& step : {reader.ReadHeader(manifest), reader.Compile()}) {
    if (!step) return Fail(Error(step.error()).In("manifest " + manifest.path));
  }
  return reader;
}

Status ManifestReader::ReadHeader(const ManifestFile& manifest) {
  const auto& metadata = file_.metadata();
  TARN_ASSIGN(header_.format_version, NumberIn(metadata, "format-version", 1));
  TARN_ASSIGN(header_.schema_id, NumberIn(metadata, "schema-id", 0));
  TARN_ASSIGN(header_.partition_spec_id, NumberIn(metadata, "partition-spec-id", manifest.partition_spec_id));
  header_.schema_json = TextIn(metadata, "schema");
  header_.partition_fields_json = TextIn(metadata, "partition-spec");
  const std::string content = TextIn(metadata, "content");
  if (!content.empty() && content != "data" && content != "deletes") return Corrupt("unknown content");
  header_.content = content == "deletes" ? ManifestContent::kDeletes : ManifestContent::kData;
  if (header_.format_version > 3) {
    return Fail(ErrorCode::kUnsupported, "Iceberg format version " + std::to_string(header_.format_version));
  }
  return {};
}

Status ManifestReader::Compile() {
  const AvroType& schema = file_.schema();
  TARN_ASSIGN(entry_steps_, CompileRecord(schema, kEntryFields));
  for (const Step& step : entry_steps_) {
    if (step.field_id == field::kSequence) has_sequences_ = true;
    if (step.field_id == field::kDataFile) TARN_TRY(CompileDataFile(*step.slot.type));
  }
  return {};
}

Result<std::vector<ManifestReader::Step>> ManifestReader::CompileRecord(const AvroType& record,
                                                                        std::span<const int32_t> needed) const {
  if (record.kind != AvroKind::kRecord) return Corrupt("a record was expected");
  std::vector<Step> steps;
  for (const AvroField& one : record.fields) {
    const int32_t id = FieldIdOf(one);
    if (!IsWanted(id)) {
      steps.push_back({.field_id = -1, .slot = {}, .skipped = one.type.get()});
      continue;
    }
    TARN_ASSIGN(const AvroSlot slot, codec::SlotOf(*one.type));
    steps.push_back({.field_id = id, .slot = slot, .skipped = nullptr});
  }
  for (const int32_t id : needed) {
    const auto found = std::ranges::find(steps, id, &Step::field_id);
    if (found == steps.end() || found->slot.type == nullptr) {
      return Corrupt("field " + std::to_string(id) + " is missing");
    }
  }
  return steps;
}

Status ManifestReader::CompileDataFile(const AvroType& record) {
  TARN_ASSIGN(file_steps_, CompileRecord(record, kFileFields));
  for (const Step& step : file_steps_) {
    if (step.field_id != field::kPartition) continue;
    if (step.slot.type == nullptr || step.slot.type->kind != AvroKind::kRecord) {
      return Corrupt("the partition is no record");
    }
    TARN_ASSIGN(partition_columns_, PartitionColumnsOf(*step.slot.type));
    for (const AvroField& one : step.slot.type->fields) {
      TARN_ASSIGN(const AvroSlot slot, codec::SlotOf(*one.type));
      partition_slots_.push_back(slot);
    }
  }
  return {};
}

bool ManifestReader::IsWanted(int32_t field_id) const {
  if (IsMetric(field_id)) return options_.metrics;
  switch (field_id) {
    case field::kStatus:
    case field::kSnapshotId:
    case field::kDataFile:
    case field::kSequence:
    case field::kFileSequence:
    case field::kContent:
    case field::kFilePath:
    case field::kFileFormat:
    case field::kPartition:
    case field::kRecordCount:
    case field::kFileSize:
    case field::kKeyMetadata:
    case field::kEqualityIds:
    case field::kFirstRowId:
    case field::kReferencedDataFile:
    case field::kContentOffset:
    case field::kContentSize:
      return true;
    default:
      return false;
  }
}

Result<bool> ManifestReader::Next(ManifestEntry& entry) {
  while (true) {
    auto more = file_.NextRecord();
    if (!more) return Fail(std::move(more).error().In("manifest " + manifest_.path));
    if (!*more) return false;
    ReadEntry(entry);
    auto inherited = file_.cursor().status();
    if (inherited) inherited = Inherit(entry);
    if (!inherited) return Fail(std::move(inherited).error().In("manifest " + manifest_.path));
    if (entry.is_live() || options_.deleted_too) return true;
  }
}

void ManifestReader::ReadEntry(ManifestEntry& entry) {
  AvroCursor& in = file_.cursor();
  Reset(entry);
  for (const Step& step : entry_steps_) {
    if (step.skipped != nullptr) {
      in.Skip(*step.skipped);
      continue;
    }
    if (!in.Present(step.slot)) {
      if (step.field_id == field::kStatus || step.field_id == field::kDataFile) in.SetError("a needed field is null");
      continue;
    }
    switch (step.field_id) {
      case field::kStatus: {
        const int64_t status = in.Integer(*step.slot.type);
        if (status < 0 || status > 2) in.SetError("an entry has an unknown status");
        entry.status = in.ok() ? static_cast<EntryStatus>(status) : EntryStatus::kAdded;
        break;
      }
      case field::kSnapshotId:
        entry.snapshot_id = in.Integer(*step.slot.type);
        break;
      case field::kSequence:
        entry.sequence = in.Integer(*step.slot.type);
        break;
      case field::kFileSequence:
        entry.file_sequence = in.Integer(*step.slot.type);
        break;
      case field::kDataFile:
        ReadFile(entry.file);
        break;
      default:  // a field of data_file in the wrong place
        in.Skip(*step.slot.type);
    }
  }
}

void ManifestReader::ReadFile(ContentFile& file) {
  AvroCursor& in = file_.cursor();
  is_unsorted_ = false;
  for (const Step& step : file_steps_) {
    if (!in.ok()) return;
    if (step.skipped != nullptr) {
      in.Skip(*step.skipped);
    } else if (in.Present(step.slot)) {
      ReadField(step, file);
    } else if (std::ranges::find(kFileFields, step.field_id) != kFileFields.end()) {
      in.SetError("a needed field is null");
    }
  }
  if (is_unsorted_) Tidy(file.columns);
}

void ManifestReader::ReadField(const Step& step, ContentFile& file) {
  AvroCursor& in = file_.cursor();
  const AvroType& type = *step.slot.type;
  switch (step.field_id) {
    case field::kContent: {
      const int64_t content = in.Integer(type);
      if (content < 0 || content > 2) in.SetError("a file has an unknown content");
      file.content = in.ok() ? static_cast<FileContent>(content) : FileContent::kData;
      return;
    }
    case field::kFilePath:
      file.path = in.Binary(type);
      return;
    case field::kFileFormat:
      file.format = in.Binary(type);
      return;
    case field::kPartition:
      return ReadPartition(file.partition);
    case field::kRecordCount:
      file.record_count = in.Integer(type);
      if (file.record_count < 0) in.SetError("a record count is negative");
      return;
    case field::kFileSize:
      file.size_bytes = in.Integer(type);
      if (file.size_bytes < 0) in.SetError("a file size is negative");
      return;
    default:
      return ReadOptionalField(step, file);
  }
}

void ManifestReader::ReadOptionalField(const Step& step, ContentFile& file) {
  AvroCursor& in = file_.cursor();
  const AvroType& type = *step.slot.type;
  switch (step.field_id) {
    case field::kKeyMetadata:
      file.key_metadata = in.Binary(type);
      return;
    case field::kSplitOffsets:
      return ReadNumbers(in, type, file.split_offsets);
    case field::kEqualityIds:
      return ReadNumbers(in, type, file.equality_ids);
    case field::kSortOrderId:
      file.sort_order_id = ReadInt(in, type);
      return;
    case field::kFirstRowId:
      file.first_row_id = in.Integer(type);
      return;
    case field::kReferencedDataFile:
      file.referenced_data_file = in.Binary(type);
      return;
    case field::kContentOffset:
      file.content_offset = in.Integer(type);
      return;
    case field::kContentSize:
      file.content_size_bytes = in.Integer(type);
      return;
    default:
      return IsMetric(step.field_id) ? ReadMetrics(step, file.columns) : in.Skip(type);
  }
}

void ManifestReader::ReadPartition(std::vector<Value>& values) {
  AvroCursor& in = file_.cursor();
  for (size_t i = 0; i < partition_slots_.size(); ++i) {
    const AvroSlot& slot = partition_slots_[i];
    values.push_back(in.Present(slot) ? ReadValue(in, *slot.type, partition_columns_[i].type) : Value());
  }
}

void ManifestReader::ReadMetrics(const Step& step, std::vector<ColumnMetrics>& columns) {
  AvroCursor& in = file_.cursor();
  const AvroType& type = *step.slot.type;
  const AvroType* pair = type.kind == AvroKind::kArray ? type.children[0].get() : nullptr;
  if (pair == nullptr || pair->kind != AvroKind::kRecord || pair->fields.size() != 2) {
    return in.SetError("a map was expected");
  }
  const AvroType& key = *pair->fields[0].type;
  const AvroType& value = *pair->fields[1].type;
  size_t hint = 0;
  for (int64_t left = 0; in.NextItem(left, *pair);) {
    ColumnMetrics& column = MetricsOf(columns, ReadInt(in, key), hint, is_unsorted_);
    switch (step.field_id) {
      case field::kColumnSizes:
        column.size_bytes = in.Integer(value);
        break;
      case field::kValueCounts:
        column.value_count = in.Integer(value);
        break;
      case field::kNullCounts:
        column.null_count = in.Integer(value);
        break;
      case field::kNanCounts:
        column.nan_count = in.Integer(value);
        break;
      case field::kLowerBounds:
        column.lower = in.Binary(value);
        break;
      default:
        column.upper = in.Binary(value);
    }
  }
}

// Spec, "Sequence Number Inheritance" and "First Row ID Inheritance".
Status ManifestReader::Inherit(ManifestEntry& entry) {
  if (!entry.snapshot_id) entry.snapshot_id = manifest_.added_snapshot_id;
  if (!has_sequences_) {
    entry.sequence = entry.file_sequence = 0;
  } else if (entry.status == EntryStatus::kAdded || manifest_.sequence == 0) {
    if (!entry.sequence) entry.sequence = manifest_.sequence;
    if (!entry.file_sequence) entry.file_sequence = manifest_.sequence;
  }
  if (entry.is_live() && !entry.sequence) return Corrupt("a file that is not new has no sequence number");
  const bool is_data = entry.file.content == FileContent::kData;
  if (is_data != (header_.content == ManifestContent::kData)) {
    return Corrupt("data and delete files are mixed");
  }
  if (!is_data) {
    entry.file.first_row_id.reset();
  } else if (entry.is_live() && !entry.file.first_row_id && next_row_id_) {
    entry.file.first_row_id = next_row_id_;
    if (__builtin_add_overflow(*next_row_id_, entry.file.record_count, &*next_row_id_)) {
      return Corrupt("row ids are out of range");
    }
  }
  return {};
}

}  // namespace tarn::table::iceberg
