// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/loaded_manifest.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "table/iceberg/file_stats.h"
#include "table/iceberg/manifest_avro.h"
#include "table/iceberg/position_deletes.h"
#include "table/iceberg/schema_json.h"
#include "table/iceberg/table_properties.h"
#include "table/iceberg/transforms.h"

namespace tarn::table::iceberg {
namespace {

/// Turns the entries of one manifest into what the model sees.
class Loader {
 public:
  Loader(const TableMetadata& metadata, const TableLocation& location, LoadedManifest& manifest)
      : metadata_(metadata), location_(location), manifest_(manifest) {}

  Status Run() {
    const SchemaRecord* record = metadata_.FindSchema(metadata_.current_schema_id);
    TARN_ASSIGN(schema_, DecodeSchema(record->json, JsonFieldsOf(metadata_.properties)));
    TARN_ASSIGN(ManifestReader reader, ManifestReader::Open(*manifest_.body, manifest_.entry));
    // v1 lists manifests without saying what is in them.
    manifest_.entry.partition_spec_id = reader.header().partition_spec_id;
    FindConstants(reader);
    ManifestEntry entry;
    while (true) {
      TARN_ASSIGN(const bool more, reader.Next(entry));
      if (!more) return {};
      auto added = Add(entry);
      if (!added) return Fail(std::move(added).error().In(entry.file.path));
    }
  }

 private:
  /// Columns that are partitioned by their own value have it in the tuple, and need not be in the file.
  void FindConstants(const ManifestReader& reader) {
    const PartitionSpec* spec = metadata_.FindSpec(manifest_.entry.partition_spec_id);
    if (spec == nullptr) return;
    const auto& columns = reader.partition_columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto field = std::ranges::find(spec->fields, columns[i].field_id, &PartitionField::field_id);
      if (field == spec->fields.end() || ParseTransform(field->transform).kind != TransformKind::kIdentity) continue;
      constants_.emplace_back(i, field->source_ids.front());
    }
  }

  Status Add(const ManifestEntry& entry) {
    if (entry.file.key_metadata) return Fail(ErrorCode::kUnsupported, "Iceberg file encryption");
    if (entry.file.content == FileContent::kData) return AddData(entry);
    return AddDelete(entry);
  }

  Status AddData(const ManifestEntry& entry) {
    if (!EqualIgnoringCase(entry.file.format, "PARQUET")) {
      return Fail(ErrorCode::kUnsupported, "Iceberg data files of format " + entry.file.format);
    }
    auto file = std::make_shared<DataFile>();
    TARN_ASSIGN(file->path, location_.PathOf(entry.file.path));
    file->uri = entry.file.path;
    file->size_bytes = entry.file.size_bytes;
    file->record_count = entry.file.record_count;
    file->sequence = entry.sequence.value_or(0);
    TARN_TRY(DecodeStats(entry.file, schema_, *file));
    for (const auto& [index, field_id] : constants_) file->constants[field_id] = entry.file.partition.at(index);
    manifest_.files.push_back({std::move(file), entry.file.partition});
    return {};
  }

  Status AddDelete(const ManifestEntry& entry) {
    const bool vector = EqualIgnoringCase(entry.file.format, "PUFFIN");
    if (!vector && !EqualIgnoringCase(entry.file.format, "PARQUET")) {
      return Fail(ErrorCode::kUnsupported, "Iceberg delete files of format " + entry.file.format);
    }
    LiveDelete live;
    live.partition = entry.file.partition;
    auto file = std::make_shared<DeleteFile>();
    TARN_ASSIGN(file->path, location_.PathOf(entry.file.path));
    file->size_bytes = entry.file.size_bytes;
    file->record_count = entry.file.record_count;
    file->sequence = entry.sequence.value_or(0);
    file->content = DeleteContent::kPositions;
    if (entry.file.content == FileContent::kEqualityDeletes) {
      file->content = DeleteContent::kEquality;
      file->equality_ids = entry.file.equality_ids;
    } else {
      FindDataFile(entry.file, live);
    }
    if (vector) {
      if (!live.is_of_one_file() || !entry.file.content_offset || !entry.file.content_size_bytes) {
        return Fail(ErrorCode::kCorrupt, "broken Iceberg manifest: a deletion vector without its data file or place");
      }
      file->content = DeleteContent::kDeletionVector;
      file->offset_bytes = *entry.file.content_offset;
      file->size_bytes = *entry.file.content_size_bytes;
    }
    live.file = std::move(file);
    manifest_.deletes.push_back(std::move(live));
    return {};
  }

  static void FindDataFile(const ContentFile& file, LiveDelete& live) {
    if (file.referenced_data_file) {
      live.first_uri = live.last_uri = *file.referenced_data_file;
      return;
    }
    const auto paths = std::ranges::find(file.columns, kDeleteFilePathId, &ColumnMetrics::field_id);
    if (paths == file.columns.end() || !paths->lower || !paths->upper) return;
    live.first_uri = *paths->lower;
    live.last_uri = *paths->upper;
  }

  const TableMetadata& metadata_;
  const TableLocation& location_;
  LoadedManifest& manifest_;
  Schema schema_;
  std::vector<std::pair<size_t, int32_t>> constants_;  ///< position in the tuple, field id of the column
};

}  // namespace

Result<LoadedManifestPtr> LoadManifest(const ManifestFile& entry, std::string body, const TableMetadata& metadata,
                                       const TableLocation& location) {
  if (entry.key_metadata) return Fail(ErrorCode::kUnsupported, "Iceberg manifest encryption");
  auto manifest = std::make_shared<LoadedManifest>();
  manifest->entry = entry;
  manifest->body = std::make_shared<const std::string>(std::move(body));
  TARN_TRY(Loader(metadata, location, *manifest).Run());
  return LoadedManifestPtr(std::move(manifest));
}

}  // namespace tarn::table::iceberg
