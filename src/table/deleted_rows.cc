// SPDX-License-Identifier: Apache-2.0
#include "table/deleted_rows.h"

#include <array>
#include <optional>
#include <utility>

#include "codec/deletion_vector_blob.h"

namespace tarn::table {
namespace {

const std::array<std::string, 2> kPositionColumns{"file_path", "pos"};

Result<std::string> ReadRange(store::ObjectStore& store, const std::string& key, const DeleteFile& deletes) {
  if (deletes.offset_bytes < 0 || deletes.size_bytes < 0 || deletes.size_bytes > kMaxDeletionVectorBytes) {
    return Fail(ErrorCode::kCorrupt, "a deletion vector's range is impossible");
  }
  TARN_ASSIGN(const auto reader, store.OpenReader(key));
  const auto offset = static_cast<uint64_t>(deletes.offset_bytes);
  const auto size = static_cast<uint64_t>(deletes.size_bytes);
  if (offset > reader->size_bytes() || size > reader->size_bytes() - offset) {
    return Fail(ErrorCode::kCorrupt, "a deletion vector lies behind the end of its object");
  }
  std::string bytes(size, '\0');
  TARN_TRY(reader->ReadAt(offset, bytes));
  return bytes;
}

Result<codec::Bitmap64> DecodeVector(store::ObjectStore& store, const std::string& location,
                                     const DeleteFile& deletes) {
  if (deletes.path.empty()) return codec::DecodeDeletionVector(deletes.inline_blob);
  TARN_ASSIGN(const std::string frame, ReadRange(store, location + "/" + deletes.path, deletes));
  TARN_ASSIGN(const std::string_view vector, codec::UnframeDeletionVector(frame));
  return codec::DecodeDeletionVector(vector);
}

Result<codec::Bitmap64> LoadVector(store::ObjectStore& store, const std::string& location, const DeleteFile& deletes) {
  auto rows = DecodeVector(store, location, deletes);
  if (!rows) return Fail(std::move(rows).error().In(deletes.path.empty() ? "inline deletion vector" : deletes.path));
  if (deletes.record_count >= 0 && rows->Cardinality() != static_cast<uint64_t>(deletes.record_count)) {
    return Fail(ErrorCode::kCorrupt, "a deletion vector names another number of rows than its reference: " +
                                         std::to_string(rows->Cardinality()));
  }
  return rows;
}

/// Indexes of file_path and pos among the columns of a position delete file.
struct PositionColumns {
  size_t path = 0;
  size_t position = 0;
};

std::optional<PositionColumns> FindColumns(const Schema& schema) {
  const auto path = schema.IndexOf(kPositionColumns[0]);
  const auto position = schema.IndexOf(kPositionColumns[1]);
  if (!path || !position || schema.fields[*path].type.kind != TypeKind::kString ||
      schema.fields[*position].type.kind != TypeKind::kInt64) {
    return std::nullopt;
  }
  return PositionColumns{.path = *path, .position = *position};
}

Status AddPositions(const Schema& schema, const BatchView& batch, std::map<std::string, codec::Bitmap64>& rows) {
  const auto at = FindColumns(schema);
  if (!at) return Fail(ErrorCode::kCorrupt, "a position delete file lacks file_path or pos");
  const ColumnView& paths = batch.columns[at->path];
  const ColumnView& positions = batch.columns[at->position];
  codec::Bitmap64* target = nullptr;
  std::string_view target_path;  // rows are sorted by file
  for (size_t row = 0; row < batch.rows; ++row) {
    if (!paths.IsValid(row) || !positions.IsValid(row) || positions.At<int64_t>(row) < 0) {
      return Fail(ErrorCode::kCorrupt, "a position delete file names no row");
    }
    const auto path = paths.At<std::string_view>(row);
    if (target == nullptr || path != target_path) {
      const auto found = rows.try_emplace(std::string(path)).first;
      target = &found->second;
      target_path = found->first;
    }
    target->Add(static_cast<uint64_t>(positions.At<int64_t>(row)));
  }
  return {};
}

}  // namespace

Result<std::map<std::string, codec::Bitmap64>> LoadPositionDeletes(store::ObjectStore& store, ParquetCodec& parquet,
                                                                   const std::string& location,
                                                                   const DeleteFile& deletes) {
  std::map<std::string, codec::Bitmap64> rows;
  const Status read =
      parquet.Read(store, location + "/" + deletes.path, kPositionColumns,
                   [&](const Schema& schema, const BatchView& batch) { return AddPositions(schema, batch, rows); });
  if (!read) return Fail(Error(read.error()).In(deletes.path));
  return rows;
}

Result<codec::Bitmap64> LoadDeletedRows(store::ObjectStore& store, ParquetCodec* parquet, const std::string& location,
                                        const DataFile& file, PositionDeleteCache* cache) {
  PositionDeleteCache own;
  auto& position_deletes = cache == nullptr ? own : *cache;
  codec::Bitmap64 rows;
  for (const DeleteFilePtr& deletes : file.deletes) {
    if (deletes->content == DeleteContent::kDeletionVector) {
      TARN_ASSIGN(codec::Bitmap64 more, LoadVector(store, location, *deletes));
      if (rows.empty()) {
        rows = std::move(more);
      } else {
        rows |= more;
      }
    } else if (deletes->content == DeleteContent::kPositions) {
      if (parquet == nullptr) return Fail(ErrorCode::kUnsupported, "position delete files need a Parquet reader");
      TARN_ASSIGN(const auto by_file, position_deletes.Load(store, *parquet, location, *deletes));
      const auto found = by_file->find(file.uri.empty() ? file.path : file.uri);
      if (found != by_file->end()) rows |= found->second;
    }
  }
  if (file.record_count >= 0 && !rows.empty() && rows.Maximum() >= static_cast<uint64_t>(file.record_count)) {
    return Fail(ErrorCode::kCorrupt, "a deleted row lies behind the end of its file: " + file.path);
  }
  return rows;
}

}  // namespace tarn::table
