// SPDX-License-Identifier: Apache-2.0
#pragma once
// References to deleted rows, as a snapshot's metadata names them, in words both formats share. Plain values.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tarn::table {

enum class DeleteContent : uint8_t {
  kDeletionVector,  ///< a bitmap of row positions (Delta; Puffin in Iceberg v3)
  kPositions,       ///< a Parquet file of file_path, pos (Iceberg v2)
  kEquality,        ///< a Parquet file of values; rows with equal ones are deleted (Iceberg)
};

/// Applies to the data file that holds it.
struct DeleteFile {
  DeleteContent content = DeleteContent::kDeletionVector;
  std::string path;         ///< relative to the table's location; empty = inline_blob
  std::string inline_blob;  ///< kDeletionVector kept in the metadata: magic number and bitmap, without a frame
  int64_t offset_bytes = 0;
  int64_t size_bytes = 0;     ///< kDeletionVector: the framed blob from offset_bytes on; otherwise the whole file
  int64_t record_count = -1;  ///< rows it names; -1 = unknown
  int64_t sequence = 0;       ///< Iceberg data sequence number, 0 otherwise
  std::vector<int32_t> equality_ids;

  bool operator==(const DeleteFile&) const = default;
};

using DeleteFilePtr = std::shared_ptr<const DeleteFile>;

}  // namespace tarn::table
