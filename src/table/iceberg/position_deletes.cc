// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/position_deletes.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace tarn::table::iceberg {
namespace {

/// URI of a data file as position deletes must spell it.
Result<std::string> UriOfDataFile(const std::unordered_map<std::string_view, const DataFile*>& live,
                                  const TableLocation& location, const std::string& path) {
  const auto found = live.find(path);
  if (found == live.end())
    return Fail(ErrorCode::kConflict, "a file to delete rows of is not in the snapshot: " + path);
  return found->second->uri.empty() ? location.UriOf(path) : found->second->uri;
}

ColumnMetrics PathBounds(const std::string& first, const std::string& last) {
  ColumnMetrics metrics;
  metrics.field_id = kDeleteFilePathId;
  metrics.lower = first;
  metrics.upper = last;
  return metrics;
}

}  // namespace

std::string DeleteKey(std::string_view path, int64_t offset_bytes) {
  return std::string(path) + "#" + std::to_string(offset_bytes);
}

std::string DeleteKey(const DeleteFile& file) { return DeleteKey(file.path, file.offset_bytes); }

Result<std::vector<ContentFile>> DeleteFilesOf(const CommitIntent& intent, const Snapshot& base,
                                               const TableLocation& location) {
  std::unordered_map<std::string_view, const DataFile*> live;
  for (const DataFilePtr& file : base.files) live.emplace(file->path, file.get());
  for (const DataFile& file : intent.add) live.insert_or_assign(file.path, &file);
  std::vector<ContentFile> files;
  std::unordered_map<std::string, size_t> known;
  for (const FileDeletes& one : intent.deletes) {
    if (one.file.content == DeleteContent::kEquality) {
      return Fail(ErrorCode::kUnsupported, "writing Iceberg equality deletes");
    }
    TARN_ASSIGN(const std::string uri, UriOfDataFile(live, location, one.path));
    const auto [slot, added] = known.try_emplace(DeleteKey(one.file), files.size());
    if (!added) {
      ColumnMetrics& bounds = files[slot->second].columns.front();
      bounds = PathBounds(std::min(*bounds.lower, uri), std::max(*bounds.upper, uri));
      files[slot->second].referenced_data_file.reset();
      continue;
    }
    ContentFile file;
    file.content = FileContent::kPositionDeletes;
    file.path = location.UriOf(one.file.path);
    file.record_count = one.file.record_count;
    file.size_bytes = one.file.size_bytes;
    file.referenced_data_file = uri;
    if (one.file.content == DeleteContent::kDeletionVector) {
      file.format = "PUFFIN";
      file.size_bytes = one.object_size_bytes;
      file.content_offset = one.file.offset_bytes;
      file.content_size_bytes = one.file.size_bytes;
    } else {
      file.columns.push_back(PathBounds(uri, uri));
    }
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace tarn::table::iceberg
