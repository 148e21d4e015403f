// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/manifest_list_avro.h"

#include <array>
#include <utility>

#include "table/iceberg/manifest_schema.h"

namespace tarn::table::iceberg {
namespace {

using codec::AvroCursor;
using codec::AvroField;
using codec::AvroKind;
using codec::AvroSlot;
using codec::AvroType;

constexpr std::array kNeeded = {field::kManifestPath, field::kManifestLength, field::kPartitionSpecId};

std::unexpected<Error> Corrupt(std::string why) {
  return Fail(ErrorCode::kCorrupt, "damaged Iceberg manifest list: " + std::move(why));
}

struct Step {
  int32_t field_id = -1;
  AvroSlot slot;
  const AvroType* type = nullptr;  ///< as declared, to skip it
};

// A field whose type is of no use to us is skipped; that it is missing shows where it is needed.
Result<std::vector<Step>> Compile(const AvroType& record) {
  if (record.kind != AvroKind::kRecord) return Corrupt("a record was expected");
  std::vector<Step> steps;
  for (const AvroField& one : record.fields) {
    Step step{.field_id = FieldIdOf(one), .slot = {}, .type = one.type.get()};
    if (const auto slot = codec::SlotOf(*one.type)) {
      step.slot = *slot;
    } else {
      step.field_id = -1;
    }
    steps.push_back(step);
  }
  return steps;
}

int32_t ReadInt(AvroCursor& in, const AvroType& type) {
  const int64_t value = in.Integer(type);
  if (value == static_cast<int32_t>(value)) return static_cast<int32_t>(value);
  in.SetError("an int is out of range");
  return 0;
}

PartitionSummary ReadSummary(AvroCursor& in, const std::vector<Step>& steps) {
  PartitionSummary summary;
  for (const Step& step : steps) {
    if (step.field_id < 0) {
      in.Skip(*step.type);
      continue;
    }
    if (!in.Present(step.slot)) continue;
    const AvroType& type = *step.slot.type;
    const bool is_flag = step.field_id == field::kContainsNull || step.field_id == field::kContainsNan;
    if (is_flag && type.kind != AvroKind::kBoolean) in.SetError("a boolean was expected");
    switch (step.field_id) {
      case field::kContainsNull:
        summary.contains_null = in.Boolean();
        break;
      case field::kContainsNan:
        summary.contains_nan = in.Boolean();
        break;
      case field::kSummaryLower:
        summary.lower = in.Binary(type);
        break;
      case field::kSummaryUpper:
        summary.upper = in.Binary(type);
        break;
      default:
        in.Skip(type);
    }
  }
  return summary;
}

class ListReader {
 public:
  explicit ListReader(codec::AvroFileReader& file) : file_(file), in_(file.cursor()) {}

  Status Prepare() {
    TARN_ASSIGN(steps_, Compile(file_.schema()));
    for (const int32_t id : kNeeded) {
      bool found = false;
      for (const Step& step : steps_) found = found || (step.field_id == id && step.slot.type != nullptr);
      if (!found) return Corrupt("field " + std::to_string(id) + " is missing");
    }
    for (Step& step : steps_) {
      if (step.field_id != field::kPartitions || step.slot.type == nullptr) continue;
      if (step.slot.type->kind != AvroKind::kArray) return Corrupt("the partition summaries are no list");
      TARN_ASSIGN(summary_steps_, Compile(*step.slot.type->children[0]));
    }
    return {};
  }

  ManifestFile Read() {
    ManifestFile manifest;
    for (const Step& step : steps_) {
      if (!in_.ok()) break;
      if (step.field_id < 0) {
        in_.Skip(*step.type);
      } else if (in_.Present(step.slot)) {
        ReadField(step, manifest);
      }
    }
    return manifest;
  }

 private:
  void ReadField(const Step& step, ManifestFile& manifest) {
    const AvroType& type = *step.slot.type;
    switch (step.field_id) {
      case field::kManifestPath:
        manifest.path = in_.Binary(type);
        return;
      case field::kManifestLength:
        manifest.size_bytes = in_.Integer(type);
        return;
      case field::kPartitionSpecId:
        manifest.partition_spec_id = ReadInt(in_, type);
        return;
      case field::kManifestContent: {
        const int64_t content = in_.Integer(type);
        if (content < 0 || content > 1) in_.SetError("a manifest has an unknown content");
        manifest.content = content == 1 ? ManifestContent::kDeletes : ManifestContent::kData;
        return;
      }
      case field::kManifestSequence:
        manifest.sequence = in_.Integer(type);
        return;
      case field::kMinSequence:
        manifest.min_sequence = in_.Integer(type);
        return;
      case field::kAddedSnapshotId:
        manifest.added_snapshot_id = in_.Integer(type);
        return;
      case field::kPartitions:
        return ReadPartitions(type, manifest);
      case field::kManifestKeyMetadata:
        manifest.key_metadata = in_.Binary(type);
        return;
      case field::kManifestFirstRowId:
        manifest.first_row_id = in_.Integer(type);
        return;
      default:
        return ReadCount(step.field_id, type, manifest);
    }
  }

  void ReadCount(int32_t field_id, const AvroType& type, ManifestFile& manifest) {
    switch (field_id) {
      case field::kAddedFiles:
        manifest.added_files = ReadInt(in_, type);
        return;
      case field::kExistingFiles:
        manifest.existing_files = ReadInt(in_, type);
        return;
      case field::kDeletedFiles:
        manifest.deleted_files = ReadInt(in_, type);
        return;
      case field::kAddedRows:
        manifest.added_rows = in_.Integer(type);
        return;
      case field::kExistingRows:
        manifest.existing_rows = in_.Integer(type);
        return;
      case field::kDeletedRows:
        manifest.deleted_rows = in_.Integer(type);
        return;
      default:
        return in_.Skip(type);
    }
  }

  void ReadPartitions(const AvroType& list, ManifestFile& manifest) {
    for (int64_t left = 0; in_.NextItem(left, *list.children[0]);) {
      manifest.partitions.push_back(ReadSummary(in_, summary_steps_));
    }
  }

  codec::AvroFileReader& file_;
  AvroCursor& in_;
  std::vector<Step> steps_;
  std::vector<Step> summary_steps_;
};

void WriteSummaries(codec::AvroEncoder out, const std::vector<PartitionSummary>& summaries) {
  if (!out.Optional(!summaries.empty())) return;
  out.Items(summaries.size());
  for (const PartitionSummary& one : summaries) {
    out.Boolean(one.contains_null);
    if (out.Optional(one.contains_nan.has_value())) out.Boolean(*one.contains_nan);
    if (out.Optional(one.lower.has_value())) out.Bytes(*one.lower);
    if (out.Optional(one.upper.has_value())) out.Bytes(*one.upper);
  }
  out.End();
}

void WriteManifest(codec::AvroEncoder out, const ManifestFile& manifest, int32_t format_version) {
  out.Bytes(manifest.path);
  out.Long(manifest.size_bytes);
  out.Long(manifest.partition_spec_id);
  out.Long(static_cast<int64_t>(manifest.content));
  out.Long(manifest.sequence);
  out.Long(manifest.min_sequence);
  out.Long(manifest.added_snapshot_id);
  out.Long(*manifest.added_files);
  out.Long(*manifest.existing_files);
  out.Long(*manifest.deleted_files);
  out.Long(*manifest.added_rows);
  out.Long(*manifest.existing_rows);
  out.Long(*manifest.deleted_rows);
  WriteSummaries(out, manifest.partitions);
  if (out.Optional(manifest.key_metadata.has_value())) out.Bytes(*manifest.key_metadata);
  if (format_version >= 3 && out.Optional(manifest.first_row_id.has_value())) out.Long(*manifest.first_row_id);
}

std::map<std::string, std::string> MetadataOf(const ManifestListHeader& header) {
  std::map<std::string, std::string> metadata = {
      {"snapshot-id", std::to_string(header.snapshot_id)},
      {"parent-snapshot-id", header.parent_snapshot_id ? std::to_string(*header.parent_snapshot_id) : "null"},
      {"sequence-number", std::to_string(header.sequence_number)},
      {"format-version", std::to_string(header.format_version)}};
  if (header.format_version >= 3 && header.first_row_id) {
    metadata["first-row-id"] = std::to_string(*header.first_row_id);
  }
  return metadata;
}

}  // namespace

Result<std::vector<ManifestFile>> DecodeManifestList(std::string_view bytes) {
  TARN_ASSIGN(auto file, codec::AvroFileReader::Open(bytes));
  ListReader reader(file);
  TARN_TRY(reader.Prepare());
  std::vector<ManifestFile> manifests;
  while (true) {
    TARN_ASSIGN(const bool more, file.NextRecord());
    if (!more) return manifests;
    manifests.push_back(reader.Read());
  }
}

Result<std::string> EncodeManifestList(const ManifestListHeader& header, std::span<const ManifestFile> manifests) {
  if (header.format_version != 2 && header.format_version != 3) {
    return Fail(ErrorCode::kUnsupported,
                "writing manifest lists of Iceberg format version " + std::to_string(header.format_version));
  }
  codec::AvroFileWriter::Options options;
  options.sync = header.sync;
  options.metadata = MetadataOf(header);
  codec::AvroFileWriter file(ManifestFileSchema(header.format_version), options);
  for (const ManifestFile& manifest : manifests) {
    const bool is_counted = manifest.added_files && manifest.existing_files && manifest.deleted_files &&
                            manifest.added_rows && manifest.existing_rows && manifest.deleted_rows;
    if (!is_counted) return Fail(ErrorCode::kInvalidArgument, "a manifest without counts: " + manifest.path);
    const bool is_data = manifest.content == ManifestContent::kData;
    if (header.format_version >= 3 && is_data != manifest.first_row_id.has_value()) {
      return Fail(ErrorCode::kInvalidArgument, "data manifests and only they have a first row id: " + manifest.path);
    }
    WriteManifest(file.encoder(), manifest, header.format_version);
    TARN_TRY(file.EndRecord());
  }
  return file.Finish();
}

}  // namespace tarn::table::iceberg
