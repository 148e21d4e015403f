// SPDX-License-Identifier: Apache-2.0
#include "table/delta/deletion_vector.h"

#include <unordered_map>
#include <utility>

#include "codec/deletion_vector_blob.h"
#include "codec/digest.h"
#include "codec/z85.h"
#include "table/delta/log_names.h"

namespace tarn::table::delta {
namespace {

constexpr std::string_view kFilePrefix = "deletion_vector_";
constexpr std::string_view kFileSuffix = ".bin";
constexpr char kFileVersion = 1;  // first byte of the file
constexpr size_t kUuidText = 36;
constexpr size_t kUuidBytes = 16;
constexpr size_t kEncodedUuid = 20;
constexpr size_t kMaxVectorFileBytes = INT32_MAX;  // descriptors hold 32-bit offsets

std::string UuidText(std::string_view bytes) {
  std::string text = codec::Hex(bytes);
  for (const size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

Result<std::string> UuidBytes(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '-') digits.push_back(c);
  }
  auto bytes = codec::Unhex(digits);
  if (!bytes || bytes->size() != kUuidBytes || text.size() != kUuidText) {
    return Fail(ErrorCode::kInvalidArgument, "not a deletion vector's name: " + std::string(text));
  }
  return bytes;
}

/// "ab^-aqEH.-t@S}K{vb[*k^": a folder, then the encoded UUID.
Result<std::string> RelativePath(const std::string& text) {
  const auto broken = [&] { return Fail(ErrorCode::kCorrupt, "broken name of a deletion vector: " + text); };
  if (text.size() < kEncodedUuid) return broken();
  const std::string folder = text.substr(0, text.size() - kEncodedUuid);
  const auto bytes = codec::Z85Decode(std::string_view(text).substr(folder.size()));
  if (!bytes || folder.find('/') != std::string::npos || folder == "..") return broken();
  const std::string name = std::string(kFilePrefix) + UuidText(*bytes) + std::string(kFileSuffix);
  return folder.empty() ? name : folder + "/" + name;
}

Result<std::string> InlineBlob(const DeletionVector& vector) {
  auto bytes = codec::Z85Decode(vector.path_or_inline);
  if (!bytes || vector.size_bytes < 0 || bytes->size() < static_cast<size_t>(vector.size_bytes)) {
    return Fail(ErrorCode::kCorrupt, "broken inline deletion vector");
  }
  bytes->resize(static_cast<size_t>(vector.size_bytes));
  return bytes;
}

Status CheckRows(const DataFile& file, const RowDeletion& deletion) {
  if (file.record_count < 0) {
    return Fail(ErrorCode::kUnsupported, "deletion vector for a Delta file without numRecords: " + file.path);
  }
  if (!deletion.rows.empty() && deletion.rows.Maximum() >= static_cast<uint64_t>(file.record_count)) {
    return Fail(ErrorCode::kInvalidArgument, "a deleted row lies behind the end of its file: " + file.path);
  }
  return {};
}

}  // namespace

std::string UniqueIdOf(const DeletionVector& vector) {
  std::string id = vector.storage_type + vector.path_or_inline;
  if (vector.offset) id += "@" + std::to_string(*vector.offset);
  return id;
}

Result<DeleteFile> ToDeleteFile(const DeletionVector& vector, std::string_view table_root) {
  DeleteFile deletes;
  deletes.content = DeleteContent::kDeletionVector;
  deletes.record_count = vector.cardinality;
  if (vector.storage_type == "i") {
    TARN_ASSIGN(deletes.inline_blob, InlineBlob(vector));
    return deletes;
  }
  if (vector.storage_type == "u") {
    TARN_ASSIGN(deletes.path, RelativePath(vector.path_or_inline));
  } else if (vector.storage_type == "p") {
    TARN_ASSIGN(deletes.path, DecodePath(vector.path_or_inline, table_root));
  } else {
    return Fail(ErrorCode::kUnsupported, "Delta deletion vector of storage type " + vector.storage_type);
  }
  if (vector.size_bytes < 0 || vector.offset.value_or(0) < 0) {
    return Fail(ErrorCode::kCorrupt, "broken range of a deletion vector: " + deletes.path);
  }
  deletes.offset_bytes = vector.offset.value_or(0);
  deletes.size_bytes = int64_t{vector.size_bytes} + static_cast<int64_t>(codec::kDeletionVectorFrameBytes);
  return deletes;
}

Result<DeletionVector> ToDescriptor(const DeleteFile& deletes) {
  DeletionVector vector;
  vector.cardinality = deletes.record_count;
  if (deletes.path.empty()) {
    vector.storage_type = "i";
    vector.path_or_inline = codec::Z85Encode(deletes.inline_blob);
    vector.size_bytes = static_cast<int32_t>(deletes.inline_blob.size());
    return vector;
  }
  std::string_view name = deletes.path;
  if (!name.starts_with(kFilePrefix) || !name.ends_with(kFileSuffix)) {
    return Fail(ErrorCode::kInvalidArgument, "not a deletion vector's name: " + deletes.path);
  }
  name.remove_prefix(kFilePrefix.size());
  name.remove_suffix(kFileSuffix.size());
  TARN_ASSIGN(const std::string uuid, UuidBytes(name));
  vector.storage_type = "u";
  vector.path_or_inline = codec::Z85Encode(uuid);
  vector.offset = static_cast<int32_t>(deletes.offset_bytes);
  vector.size_bytes = static_cast<int32_t>(deletes.size_bytes) - static_cast<int32_t>(codec::kDeletionVectorFrameBytes);
  return vector;
}

Result<std::vector<FileDeletes>> WriteVectors(store::ObjectStore& store, const std::string& location,
                                              const Snapshot& base, std::span<const RowDeletion> rows,
                                              Randomness& randomness) {
  std::vector<FileDeletes> written;
  if (rows.empty()) return written;
  std::unordered_map<std::string_view, const DataFile*> live;
  for (const DataFilePtr& file : base.files) live.emplace(file->path, file.get());

  const std::string name = std::string(kFilePrefix) + NewUuid(randomness) + std::string(kFileSuffix);
  std::string body(1, kFileVersion);
  for (const RowDeletion& deletion : rows) {
    const auto found = live.find(deletion.path);
    if (found == live.end()) {
      return Fail(ErrorCode::kConflict, "a file to delete rows of is not in the snapshot: " + deletion.path);
    }
    TARN_TRY(CheckRows(*found->second, deletion));
    const std::string frame = codec::FrameDeletionVector(codec::EncodeDeletionVector(deletion.rows));
    FileDeletes& deletes = written.emplace_back();
    deletes.path = deletion.path;
    deletes.replaces = !found->second->deletes.empty();
    deletes.file.path = name;
    deletes.file.offset_bytes = static_cast<int64_t>(body.size());
    deletes.file.size_bytes = static_cast<int64_t>(frame.size());
    deletes.file.record_count = static_cast<int64_t>(deletion.rows.Cardinality());
    body += frame;
    if (body.size() > kMaxVectorFileBytes) {
      return Fail(ErrorCode::kResourceExhausted, "the deletion vectors of one commit exceed 2 GiB");
    }
  }
  const store::PutRequest request{.key = location + "/" + name, .body = body};
  TARN_TRY(store.PutAll(std::span(&request, 1)));
  return written;
}

}  // namespace tarn::table::delta
