// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/delete_matching.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tarn::table::iceberg {
namespace {

/// Partition tuples compare within one spec, where types are equal; NULL comes first.
struct PartitionLess {
  bool operator()(const std::pair<int32_t, std::vector<Value>>& a,
                  const std::pair<int32_t, std::vector<Value>>& b) const {
    if (a.first != b.first) return a.first < b.first;
    if (a.second.size() != b.second.size()) return a.second.size() < b.second.size();
    for (size_t i = 0; i < a.second.size(); ++i) {
      const bool null_a = IsNull(a.second[i]);
      const bool null_b = IsNull(b.second[i]);
      if (null_a != null_b) return null_a;
      if (null_a) continue;
      const auto order = Compare(a.second[i], b.second[i]);
      if (order != std::strong_ordering::equal) return order == std::strong_ordering::less;
    }
    return false;
  }
};

using PartitionKey = std::pair<int32_t, std::vector<Value>>;

class DeleteIndex {
 public:
  explicit DeleteIndex(const TableMetadata& metadata) : metadata_(metadata) {}

  void Add(const LoadedManifest& manifest) {
    for (const LiveDelete& live : manifest.deletes) {
      if (live.is_of_one_file()) {
        by_uri_[live.first_uri].push_back(&live);
      } else if (live.file->content == DeleteContent::kEquality && IsUnpartitioned(manifest)) {
        global_.push_back(&live);
      } else {
        by_partition_[{manifest.entry.partition_spec_id, live.partition}].push_back(&live);
      }
    }
  }

  std::vector<DeleteFilePtr> Of(const LoadedManifest& manifest, const LiveFile& live) const {
    std::vector<DeleteFilePtr> deletes;
    const std::string& uri = live.file->uri.empty() ? live.file->path : live.file->uri;
    if (const auto own = by_uri_.find(uri); own != by_uri_.end()) Take(own->second, live, uri, deletes);
    Take(global_, live, uri, deletes);
    if (!by_partition_.empty()) {
      const auto shared = by_partition_.find({manifest.entry.partition_spec_id, live.partition});
      if (shared != by_partition_.end()) Take(shared->second, live, uri, deletes);
    }
    DropSuperseded(deletes);
    return deletes;
  }

 private:
  bool IsUnpartitioned(const LoadedManifest& manifest) const {
    const PartitionSpec* spec = metadata_.FindSpec(manifest.entry.partition_spec_id);
    return spec != nullptr && spec->is_unpartitioned();
  }

  static void Take(const std::vector<const LiveDelete*>& candidates, const LiveFile& live, std::string_view uri,
                   std::vector<DeleteFilePtr>& deletes) {
    for (const LiveDelete* candidate : candidates) {
      const DeleteFile& file = *candidate->file;
      // An equality delete speaks of rows that were there before it, a position delete also of its own commit's.
      const bool in_time = file.content == DeleteContent::kEquality ? live.file->sequence < file.sequence
                                                                    : live.file->sequence <= file.sequence;
      const bool in_bounds = file.content == DeleteContent::kEquality || candidate->first_uri.empty() ||
                             (candidate->first_uri <= uri && uri <= candidate->last_uri);
      if (in_time && in_bounds) deletes.push_back(candidate->file);
    }
  }

  /// A deletion vector holds all deleted positions of its file, those of older position delete files included.
  static void DropSuperseded(std::vector<DeleteFilePtr>& deletes) {
    const auto has = [&](DeleteContent content) {
      return std::ranges::any_of(deletes, [&](const DeleteFilePtr& file) { return file->content == content; });
    };
    if (!has(DeleteContent::kDeletionVector) || !has(DeleteContent::kPositions)) return;
    std::erase_if(deletes, [](const DeleteFilePtr& file) { return file->content == DeleteContent::kPositions; });
  }

  const TableMetadata& metadata_;
  std::unordered_map<std::string, std::vector<const LiveDelete*>> by_uri_;
  std::map<PartitionKey, std::vector<const LiveDelete*>, PartitionLess> by_partition_;
  std::vector<const LiveDelete*> global_;  ///< equality deletes of an unpartitioned spec apply to every partition
};

}  // namespace

std::vector<DataFilePtr> MatchDeletes(std::span<const LoadedManifestPtr> manifests, const TableMetadata& metadata) {
  DeleteIndex index(metadata);
  bool any = false;
  size_t count = 0;
  for (const LoadedManifestPtr& manifest : manifests) {
    index.Add(*manifest);
    any = any || !manifest->deletes.empty();
    count += manifest->files.size();
  }
  std::vector<DataFilePtr> files;
  files.reserve(count);
  for (const LoadedManifestPtr& manifest : manifests) {
    for (const LiveFile& live : manifest->files) {
      auto deletes = any ? index.Of(*manifest, live) : std::vector<DeleteFilePtr>();
      if (deletes.empty()) {
        files.push_back(live.file);
        continue;
      }
      auto with_deletes = std::make_shared<DataFile>(*live.file);
      with_deletes->deletes = std::move(deletes);
      files.push_back(std::move(with_deletes));
    }
  }
  return files;
}

}  // namespace tarn::table::iceberg
