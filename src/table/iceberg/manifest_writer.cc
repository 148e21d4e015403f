// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "table/iceberg/decimal_bytes.h"
#include "table/iceberg/manifest_avro.h"
#include "table/iceberg/manifest_schema.h"
#include "table/iceberg/single_value.h"

namespace tarn::table::iceberg {
namespace {

using codec::AvroEncoder;

std::unexpected<Error> Refused(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, "entry does not go into this manifest: " + std::move(why));
}

template <class Member>
void WriteCounts(AvroEncoder out, const std::vector<ColumnMetrics>& columns, Member member) {
  const auto count = std::ranges::count_if(columns, [member](const auto& one) { return (one.*member).has_value(); });
  if (!out.Optional(count > 0)) return;
  out.Items(static_cast<size_t>(count));
  for (const ColumnMetrics& one : columns) {
    const auto& value = one.*member;
    if (!value) continue;
    out.Long(one.field_id);
    if constexpr (requires { out.Long(*value); }) {
      out.Long(*value);
    } else {
      out.Bytes(*value);
    }
  }
  out.End();
}

template <class Number>
void WriteList(AvroEncoder out, const std::vector<Number>& numbers) {
  if (!out.Optional(!numbers.empty())) return;
  out.Items(numbers.size());
  for (const Number number : numbers) out.Long(number);
  out.End();
}

template <class Number>
void WriteNumber(AvroEncoder out, const std::optional<Number>& number) {
  if (out.Optional(number.has_value())) out.Long(*number);
}

void WriteText(AvroEncoder out, const std::optional<std::string>& text) {
  if (out.Optional(text.has_value())) out.Bytes(*text);
}

// `bytes` are the value's single-value form, which tells that it is of the type.
Status WriteValue(AvroEncoder out, const Value& value, const PrimitiveType& type, const std::string& bytes) {
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      out.Boolean(std::get<bool>(value));
      return {};
    case PrimitiveKind::kFloat:
    case PrimitiveKind::kDouble:
    case PrimitiveKind::kUuid:
    case PrimitiveKind::kFixed:
      out.Fixed(bytes);
      return {};
    case PrimitiveKind::kString:
    case PrimitiveKind::kBinary:
      out.Bytes(bytes);
      return {};
    case PrimitiveKind::kDecimal: {
      const auto fixed = DecimalBytes(std::get<DecimalValue>(value).unscaled, DecimalBytesOfPrecision(type.precision));
      if (!fixed) return Refused("a decimal partition value has too many digits");
      out.Fixed(*fixed);
      return {};
    }
    default:
      break;
  }
  if (const auto* date = std::get_if<DateValue>(&value)) {
    out.Long(date->days);
  } else if (const auto* at = std::get_if<TimestampValue>(&value)) {
    out.Long(at->micros);
  } else {
    out.Long(std::get<int64_t>(value));
  }
  return {};
}

// Values of a column whose type changed may differ in kind; such a range is left open.
bool IsComparable(const Value& a, const Value& b) { return a.index() == b.index(); }

}  // namespace

ManifestWriter::ManifestWriter(Options options, codec::AvroFileWriter file)
    : options_(std::move(options)), file_(std::move(file)), ranges_(options_.partition_columns.size()) {
  manifest_.partition_spec_id = options_.header.partition_spec_id;
  manifest_.content = options_.header.content;
  manifest_.sequence = options_.sequence;
  manifest_.added_snapshot_id = options_.snapshot_id;
  manifest_.added_files = manifest_.existing_files = manifest_.deleted_files = 0;
  manifest_.added_rows = manifest_.existing_rows = manifest_.deleted_rows = 0;
}

Result<ManifestWriter> ManifestWriter::Create(Options options) {
  const ManifestHeader& header = options.header;
  if (header.format_version != 2 && header.format_version != 3) {
    return Fail(ErrorCode::kUnsupported,
                "writing manifests of Iceberg format version " + std::to_string(header.format_version));
  }
  TARN_ASSIGN(const auto schema, ManifestEntrySchema(header.format_version, options.partition_columns));
  codec::AvroFileWriter::Options file;
  file.compression = options.compression;
  file.level = options.level;
  file.sync = options.sync;
  file.metadata = {{"schema", header.schema_json},
                   {"schema-id", std::to_string(header.schema_id)},
                   {"partition-spec", header.partition_fields_json},
                   {"partition-spec-id", std::to_string(header.partition_spec_id)},
                   {"format-version", std::to_string(header.format_version)},
                   {"content", header.content == ManifestContent::kData ? "data" : "deletes"}};
  codec::AvroFileWriter writer(schema, file);
  return ManifestWriter(std::move(options), std::move(writer));
}

Status ManifestWriter::Check(const ManifestEntry& entry) const {
  const ContentFile& file = entry.file;
  if ((file.content == FileContent::kData) != (options_.header.content == ManifestContent::kData)) {
    return Refused("data and delete files are apart");
  }
  if (file.partition.size() != options_.partition_columns.size()) return Refused("another number of partition values");
  const bool is_added = entry.status == EntryStatus::kAdded;
  if (!is_added && (!entry.sequence || !entry.file_sequence)) {
    return Refused("a file that is not new has no sequence number");
  }
  if (entry.status == EntryStatus::kExisting && !entry.snapshot_id) {
    return Refused("an existing file does not tell its snapshot");
  }
  if (!file.equality_ids.empty() != (file.content == FileContent::kEqualityDeletes)) {
    return Refused("equality deletes and only they have field ids");
  }
  const bool is_vector = file.content_offset || file.content_size_bytes;
  if (is_vector && (options_.header.format_version < 3 || !file.content_offset || !file.content_size_bytes ||
                    !file.referenced_data_file)) {
    return Refused("a deletion vector needs format version 3, offset, size and its data file");
  }
  return {};
}

Status ManifestWriter::Append(const ManifestEntry& entry) {
  TARN_TRY(Check(entry));
  TARN_TRY(Count(entry));
  AvroEncoder out = file_.encoder();
  out.Long(static_cast<int64_t>(entry.status));
  WriteNumber(out, entry.snapshot_id);
  WriteNumber(out, entry.sequence);
  WriteNumber(out, entry.file_sequence);
  TARN_TRY(WriteFile(entry.file));
  return file_.EndRecord();
}

Status ManifestWriter::Count(const ManifestEntry& entry) {
  const auto count = [&entry](std::optional<int32_t>& files, std::optional<int64_t>& rows) {
    *files += 1;
    *rows += entry.file.record_count;
  };
  for (size_t i = 0; i < ranges_.size(); ++i) {
    const Value& value = entry.file.partition[i];
    if (!IsNull(value)) TARN_TRY(EncodeSingleValue(value, options_.partition_columns[i].type));
    CountPartition(value, ranges_[i]);
  }
  if (entry.status == EntryStatus::kDeleted) {
    count(manifest_.deleted_files, manifest_.deleted_rows);
    return {};
  }
  if (entry.status == EntryStatus::kAdded) count(manifest_.added_files, manifest_.added_rows);
  if (entry.status == EntryStatus::kExisting) count(manifest_.existing_files, manifest_.existing_rows);
  const int64_t sequence = entry.sequence.value_or(options_.sequence);
  min_sequence_ = std::min(min_sequence_.value_or(sequence), sequence);
  return {};
}

void ManifestWriter::CountPartition(const Value& value, Range& range) const {
  if (IsNull(value)) {
    range.summary.contains_null = true;
    return;
  }
  if (const auto* real = std::get_if<double>(&value)) {
    range.summary.contains_nan = range.summary.contains_nan.value_or(false) || std::isnan(*real);
    if (std::isnan(*real)) return;
  }
  if (IsNull(range.lower)) {
    range.lower = range.upper = value;
    return;
  }
  if (!IsComparable(range.lower, value)) return;
  if (Compare(value, range.lower) < 0) range.lower = value;
  if (Compare(value, range.upper) > 0) range.upper = value;
}

Status ManifestWriter::WriteFile(const ContentFile& file) {
  const bool is_v3 = options_.header.format_version >= 3;
  AvroEncoder out = file_.encoder();
  out.Long(static_cast<int64_t>(file.content));
  out.Bytes(file.path);
  out.Bytes(file.format);
  TARN_TRY(WritePartition(file.partition));
  out.Long(file.record_count);
  out.Long(file.size_bytes);
  WriteCounts(out, file.columns, &ColumnMetrics::size_bytes);
  WriteCounts(out, file.columns, &ColumnMetrics::value_count);
  WriteCounts(out, file.columns, &ColumnMetrics::null_count);
  WriteCounts(out, file.columns, &ColumnMetrics::nan_count);
  WriteCounts(out, file.columns, &ColumnMetrics::lower);
  WriteCounts(out, file.columns, &ColumnMetrics::upper);
  WriteText(out, file.key_metadata);
  WriteList(out, file.split_offsets);
  WriteList(out, file.equality_ids);
  WriteNumber(out, file.sort_order_id);
  if (is_v3) WriteNumber(out, file.first_row_id);
  WriteText(out, file.referenced_data_file);
  if (is_v3) {
    WriteNumber(out, file.content_offset);
    WriteNumber(out, file.content_size_bytes);
  }
  return {};
}

Status ManifestWriter::WritePartition(const std::vector<Value>& values) {
  AvroEncoder out = file_.encoder();
  for (size_t i = 0; i < values.size(); ++i) {
    if (!out.Optional(!IsNull(values[i]))) continue;
    const PrimitiveType& type = options_.partition_columns[i].type;
    TARN_ASSIGN(const std::string bytes, EncodeSingleValue(values[i], type));
    TARN_TRY(WriteValue(out, values[i], type, bytes));
  }
  return {};
}

Result<ManifestWriter::Written> ManifestWriter::Finish() {
  manifest_.min_sequence = min_sequence_.value_or(options_.sequence);
  for (size_t i = 0; i < ranges_.size(); ++i) {
    Range& range = ranges_[i];
    const PrimitiveType& type = options_.partition_columns[i].type;
    if (!IsNull(range.lower)) {
      TARN_ASSIGN(range.summary.lower, EncodeSingleValue(range.lower, type));
      TARN_ASSIGN(range.summary.upper, EncodeSingleValue(range.upper, type));
    }
    const bool is_real = type.kind == PrimitiveKind::kFloat || type.kind == PrimitiveKind::kDouble;
    if (!is_real || !range.summary.contains_nan) range.summary.contains_nan = false;
    manifest_.partitions.push_back(std::move(range.summary));
  }
  Written written;
  TARN_ASSIGN(written.bytes, file_.Finish());
  manifest_.size_bytes = static_cast<int64_t>(written.bytes.size());
  written.manifest = std::move(manifest_);
  return written;
}

}  // namespace tarn::table::iceberg
