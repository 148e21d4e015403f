// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/delete_writer.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "codec/deletion_vector_blob.h"
#include "codec/puffin.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/position_deletes.h"
#include "table/iceberg/table_location.h"

namespace tarn::table::iceberg {
namespace {

constexpr size_t kBatchRows = 2048;
/// Field id of a row's position in its file (spec, "Reserved Field IDs").
constexpr int32_t kRowPositionId = 2147483645;

/// A data file gets a position delete file with all its deleted rows each time it has so many more of them.
constexpr size_t kFoldedPositionDeletes = 16;

/// One data file and the rows of it that are deleted.
struct Target {
  const DataFile* file = nullptr;
  const RowDeletion* deletion = nullptr;
  std::string uri;

  bool FoldsPositionDeletes() const {
    const auto before = std::ranges::count_if(
        file->deletes, [](const DeleteFilePtr& one) { return one->content == DeleteContent::kPositions; });
    return before > 0 && static_cast<size_t>(before) % kFoldedPositionDeletes == 0;
  }
  /// What a position delete file of this commit names.
  const codec::Bitmap64& positions() const { return FoldsPositionDeletes() ? deletion->rows : deletion->added; }
};

/// In the order of the data files' URIs, as position delete files must be.
Result<std::vector<Target>> FindTargets(const Snapshot& base, std::span<const RowDeletion> rows) {
  const TableLocation location(StateOf(base).uri);
  std::unordered_map<std::string_view, const DataFile*> live;
  for (const DataFilePtr& file : base.files) live.emplace(file->path, file.get());
  std::vector<Target> targets;
  for (const RowDeletion& deletion : rows) {
    const auto found = live.find(deletion.path);
    if (found == live.end()) {
      return Fail(ErrorCode::kConflict, "a file to delete rows of is not in the snapshot: " + deletion.path);
    }
    const DataFile& file = *found->second;
    if (file.record_count >= 0 && deletion.rows.Maximum() >= static_cast<uint64_t>(file.record_count)) {
      return Fail(ErrorCode::kInternal, "a deleted row lies behind the end of its file: " + file.path);
    }
    targets.push_back({&file, &deletion, file.uri.empty() ? location.UriOf(file.path) : file.uri});
  }
  std::ranges::sort(targets, {}, &Target::uri);
  return targets;
}

FileDeletes DeletesOf(const Target& target, DeleteContent content, const std::string& path) {
  FileDeletes deletes;
  deletes.path = target.file->path;
  deletes.file.content = content;
  deletes.file.path = path;
  return deletes;
}

/// A vector holds all deleted rows of its file, and takes the place of the one before.
Result<std::vector<FileDeletes>> PutVectors(store::ObjectStore& store, const std::string& location,
                                            std::span<const Target> targets, const std::string& name) {
  codec::PuffinWriter writer;
  std::vector<FileDeletes> written;
  for (const Target& target : targets) {
    const std::string frame = codec::FrameDeletionVector(codec::EncodeDeletionVector(target.deletion->rows));
    codec::PuffinBlob blob;
    blob.type = codec::kPuffinDeletionVector;
    blob.fields = {kRowPositionId};
    const uint64_t cardinality = target.deletion->rows.Cardinality();
    blob.properties = {{"referenced-data-file", target.uri}, {"cardinality", std::to_string(cardinality)}};
    blob = writer.Add(std::move(blob), frame);
    FileDeletes& deletes = written.emplace_back(DeletesOf(target, DeleteContent::kDeletionVector, name));
    deletes.replaces = !target.file->deletes.empty();
    deletes.file.offset_bytes = blob.offset_bytes;
    deletes.file.size_bytes = blob.length_bytes;
    deletes.file.record_count = static_cast<int64_t>(cardinality);
  }
  const std::string body = writer.Finish({{"created-by", "tarn"}});
  for (FileDeletes& deletes : written) deletes.object_size_bytes = static_cast<int64_t>(body.size());
  const store::PutRequest request{.key = location + "/" + name, .body = body};
  TARN_TRY(store.PutAll(std::span(&request, 1)));
  return written;
}

/// Gives the positions of all targets, batch by batch.
class PositionRows {
 public:
  explicit PositionRows(std::span<const Target> targets)
      : targets_(targets), batch_({Scalar(TypeKind::kString), Scalar(TypeKind::kInt64)}) {}

  bool Next(BatchView& view) {
    batch_.Clear();
    while (batch_.rows() < kBatchRows && Find()) {
      batch_.column(0).AppendString(targets_[target_ - 1].uri);
      batch_.column(1).AppendInt64(static_cast<int64_t>(positions_[position_++]));
    }
    view = batch_.View();
    return view.rows > 0;
  }

 private:
  /// Whether there is another position; makes its file the current one.
  bool Find() {
    while (position_ == positions_.size()) {
      if (target_ == targets_.size()) return false;
      positions_ = targets_[target_++].positions().Values();
      position_ = 0;
    }
    return true;
  }

  const std::span<const Target> targets_;
  BatchBuilder batch_;
  size_t target_ = 0;  ///< behind the current one
  std::vector<uint64_t> positions_;
  size_t position_ = 0;
};

Result<std::vector<FileDeletes>> PutPositions(store::ObjectStore& store, ParquetCodec& parquet,
                                              const std::string& location, std::span<const Target> targets,
                                              const std::string& name) {
  const Schema schema{
      .fields = {{.id = kDeleteFilePathId, .name = "file_path", .type = Scalar(TypeKind::kString), .nullable = true},
                 {.id = kDeletePositionId, .name = "pos", .type = Scalar(TypeKind::kInt64), .nullable = true}}};
  PositionRows rows(targets);
  const auto supply = [&](BatchView& batch) -> Result<bool> { return rows.Next(batch); };
  TARN_ASSIGN(const uint64_t size, parquet.Write(store, location + "/" + name, schema, supply));
  int64_t count = 0;
  for (const Target& target : targets) count += static_cast<int64_t>(target.positions().Cardinality());
  std::vector<FileDeletes> written;
  for (const Target& target : targets) {
    FileDeletes& deletes = written.emplace_back(DeletesOf(target, DeleteContent::kPositions, name));
    deletes.replaces = target.FoldsPositionDeletes();
    deletes.file.size_bytes = static_cast<int64_t>(size);
    deletes.file.record_count = count;
  }
  return written;
}

}  // namespace

Result<std::vector<FileDeletes>> PutDeletes(store::ObjectStore& store, ParquetCodec* parquet,
                                            const std::string& location, const Snapshot& base,
                                            std::span<const RowDeletion> rows, Randomness& randomness) {
  const IcebergState& state = StateOf(base);
  if (state.write_obstacle) return Fail(ErrorCode::kUnsupported, "writing a table with " + *state.write_obstacle);
  if (rows.empty()) return std::vector<FileDeletes>();
  TARN_ASSIGN(const auto targets, FindTargets(base, rows));
  const std::string stem = "data/" + NewUuid(randomness) + "-deletes";
  if (state.metadata->format_version >= 3) return PutVectors(store, location, targets, stem + ".puffin");
  if (parquet == nullptr) return Fail(ErrorCode::kUnsupported, "position delete files need a Parquet writer");
  return PutPositions(store, *parquet, location, targets, stem + ".parquet");
}

}  // namespace tarn::table::iceberg
