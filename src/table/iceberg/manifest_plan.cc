// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/manifest_plan.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "codec/digest.h"
#include "table/iceberg/file_stats.h"
#include "table/iceberg/loaded_manifest.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/position_deletes.h"

namespace tarn::table::iceberg {
namespace {

size_t LiveCount(const LoadedManifest& manifest) { return manifest.files.size() + manifest.deletes.size(); }

/// Manifests of one tier have the same number of live files but for a factor of kManifestMergeCount.
size_t TierOf(const LoadedManifest& manifest) {
  return (std::bit_width(LiveCount(manifest)) - 1) / (std::bit_width(kManifestMergeCount) - 1);
}

codec::AvroSyncMarker SyncMarkerOf(const std::string& commit_id) {
  const codec::Digest256 digest = codec::Sha256(commit_id);
  codec::AvroSyncMarker marker{};
  std::ranges::copy_n(codec::AsBytes(digest).begin(), marker.size(), marker.begin());
  return marker;
}

}  // namespace

ManifestPlan::ManifestPlan(Commit commit, const Snapshot& base) : commit_(std::move(commit)), base_(base) {
  if (!base.exists()) return;
  for (const LoadedManifestPtr& manifest : StateOf(base).manifests) {
    if (LiveCount(*manifest) > 0) kept_.push_back(manifest);
  }
}

/// Keys of the delete files that stop to apply: those of removed files, and superseded ones, that no other file has.
std::unordered_set<std::string> ManifestPlan::DeletesThatLeave(const CommitIntent& intent) const {
  std::unordered_set<std::string> leaving;
  if (intent.remove.empty() && intent.deletes.empty()) return leaving;
  const std::unordered_set<std::string_view> removed(intent.remove.begin(), intent.remove.end());
  std::unordered_set<std::string_view> superseded;
  for (const FileDeletes& deletes : intent.deletes) {
    if (deletes.replaces) superseded.insert(deletes.path);
  }
  std::unordered_set<std::string> staying;
  for (const DataFilePtr& file : base_.files) {
    const bool goes = removed.contains(file->path);
    const bool replaced = superseded.contains(file->path);
    for (const DeleteFilePtr& deletes : file->deletes) {
      const bool by_position = deletes->content != DeleteContent::kEquality;
      (goes || (replaced && by_position) ? leaving : staying).insert(DeleteKey(*deletes));
    }
  }
  std::erase_if(leaving, [&](const std::string& key) { return staying.contains(key); });
  return leaving;
}

Status ManifestPlan::Restore(const CommitIntent& intent) {
  if (!intent.add.empty() || !intent.remove.empty() || !intent.deletes.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "a commit that restores files changes no others");
  }
  kept_.clear();
  for (const LoadedManifestPtr& manifest : StateOf(*intent.restore).manifests) {
    if (LiveCount(*manifest) > 0) kept_.push_back(manifest);
  }
  CountRestored(*intent.restore);
  return {};
}

/// What the restored manifests have and those of the base have not, and the other way round.
void ManifestPlan::CountRestored(const Snapshot& target) {
  const auto live_of = [](const Snapshot& snapshot) {
    std::pair<std::map<std::string, const DataFile*>, std::map<std::string, const DeleteFile*>> live;
    for (const LoadedManifestPtr& manifest : StateOf(snapshot).manifests) {
      for (const LiveFile& file : manifest->files) live.first[file.file->path] = file.file.get();
      for (const LiveDelete& file : manifest->deletes) live.second[DeleteKey(*file.file)] = file.file.get();
    }
    return live;
  };
  const auto before = live_of(base_);
  const auto after = live_of(target);
  const auto count_data = [](const auto& from, const auto& but, FileCounts& counts) {
    for (const auto& [key, file] : from) {
      if (!but.contains(key)) counts.Add(file->record_count, file->size_bytes);
    }
  };
  const auto count_deletes = [](const auto& from, const auto& but, FileCounts& positions, FileCounts& equalities) {
    for (const auto& [key, file] : from) {
      if (but.contains(key)) continue;
      (file->content == DeleteContent::kEquality ? equalities : positions).Add(file->record_count, file->size_bytes);
    }
  };
  count_data(after.first, before.first, changes_.added_data);
  count_data(before.first, after.first, changes_.removed_data);
  count_deletes(after.second, before.second, changes_.added_deletes, changes_.added_deletes);
  count_deletes(before.second, after.second, changes_.removed_deletes, changes_.removed_equality_deletes);
  changes_.adds_vectors = std::ranges::any_of(
      after.second, [](const auto& entry) { return entry.second->content == DeleteContent::kDeletionVector; });
}

Status ManifestPlan::Remove(const CommitIntent& intent) {
  std::unordered_set<std::string> gone(intent.remove.begin(), intent.remove.end());
  const size_t wanted = gone.size();
  size_t found = 0;
  for (const LoadedManifestPtr& manifest : kept_) {
    if (wanted == 0) break;
    for (const LiveFile& live : manifest->files) found += gone.contains(live.file->path) ? 1 : 0;
  }
  if (found < wanted) {
    return Fail(ErrorCode::kConflict, "a file to remove is not in the snapshot");
  }
  gone.merge(DeletesThatLeave(intent));
  if (gone.empty()) return {};
  std::vector<LoadedManifestPtr> kept;
  for (const LoadedManifestPtr& manifest : kept_) {
    const bool touched =
        std::ranges::any_of(manifest->files, [&](const auto& live) { return gone.contains(live.file->path); }) ||
        std::ranges::any_of(manifest->deletes, [&](const auto& live) { return gone.contains(DeleteKey(*live.file)); });
    if (!touched) {
      kept.push_back(manifest);
      continue;
    }
    TARN_TRY(Rewrite(*manifest, gone));
  }
  kept_ = std::move(kept);
  return {};
}

/// The manifest without the entries of `gone`, which stay in it as deleted by this commit.
Status ManifestPlan::Rewrite(const LoadedManifest& manifest, const std::unordered_set<std::string>& gone) {
  TARN_ASSIGN(ManifestReader reader, ManifestReader::Open(*manifest.body, manifest.entry));
  TARN_ASSIGN(ManifestWriter writer, OpenWriter(reader));
  ManifestEntry entry;
  while (true) {
    TARN_ASSIGN(const bool more, reader.Next(entry));
    if (!more) break;
    TARN_ASSIGN(std::string key, commit_.location.PathOf(entry.file.path));
    if (entry.file.content != FileContent::kData) key = DeleteKey(key, entry.file.content_offset.value_or(0));
    entry.status = EntryStatus::kExisting;
    if (gone.contains(key)) {
      entry.status = EntryStatus::kDeleted;
      entry.snapshot_id = commit_.snapshot_id;
      CountRemoved(entry.file);
      // Nobody plans by the statistics of a file that left, and its values may have left for good (erasure).
      entry.file.columns.clear();
    }
    TARN_TRY(writer.Append(entry));
  }
  return Close(std::move(writer));
}

void ManifestPlan::CountRemoved(const ContentFile& file) {
  FileCounts& counts = file.content == FileContent::kData              ? changes_.removed_data
                       : file.content == FileContent::kPositionDeletes ? changes_.removed_deletes
                                                                       : changes_.removed_equality_deletes;
  counts.Add(file.record_count, file.content_size_bytes.value_or(file.size_bytes));
}

Status ManifestPlan::AddData(const CommitIntent& intent) {
  if (intent.add.empty()) return {};
  TARN_ASSIGN(ManifestWriter writer, OpenWriter(ManifestContent::kData));
  for (const DataFile& file : intent.add) {
    if (file.record_count < 0) {
      return Fail(ErrorCode::kInvalidArgument, "an Iceberg data file without a row count: " + file.path);
    }
    ManifestEntry entry;
    entry.snapshot_id = commit_.snapshot_id;
    // What is only moved stays as old as it was: equality deletes of others still apply (durability.md §5.4).
    if (!intent.data_change && file.sequence > 0) entry.sequence = file.sequence;
    entry.file.path = commit_.location.UriOf(file.path);
    entry.file.record_count = file.record_count;
    entry.file.size_bytes = file.size_bytes;
    TARN_ASSIGN(entry.file.columns, EncodeStats(file, commit_.schema));
    TARN_TRY(writer.Append(entry));
    changes_.added_data.Add(file.record_count, file.size_bytes);
  }
  return Close(std::move(writer));
}

Status ManifestPlan::AddDeletes(const CommitIntent& intent) {
  if (intent.deletes.empty()) return {};
  TARN_ASSIGN(const auto files, DeleteFilesOf(intent, base_, commit_.location));
  TARN_ASSIGN(ManifestWriter writer, OpenWriter(ManifestContent::kDeletes));
  for (const ContentFile& file : files) {
    ManifestEntry entry;
    entry.snapshot_id = commit_.snapshot_id;
    entry.file = file;
    TARN_TRY(writer.Append(entry));
    changes_.added_deletes.Add(file.record_count, file.content_size_bytes.value_or(file.size_bytes));
    changes_.adds_vectors = file.content_offset.has_value();
  }
  return Close(std::move(writer));
}

Status ManifestPlan::MergeSmall() {
  using Group = std::pair<ManifestContent, size_t>;
  std::map<Group, std::vector<LoadedManifestPtr>> tiers;
  std::vector<LoadedManifestPtr> kept;
  for (LoadedManifestPtr& manifest : kept_) {
    const bool mergeable =
        LiveCount(*manifest) < kMaxMergedFiles && manifest->entry.partition_spec_id == commit_.metadata.default_spec_id;
    if (mergeable) {
      tiers[{manifest->entry.content, TierOf(*manifest)}].push_back(std::move(manifest));
    } else {
      kept.push_back(std::move(manifest));
    }
  }
  for (auto& [group, manifests] : tiers) {
    if (manifests.size() < kManifestMergeCount) {
      std::ranges::move(manifests, std::back_inserter(kept));
    } else {
      TARN_TRY(Merge(manifests));
    }
  }
  kept_ = std::move(kept);
  return {};
}

Status ManifestPlan::Merge(std::span<const LoadedManifestPtr> manifests) {
  TARN_ASSIGN(ManifestWriter writer, OpenWriter(manifests.front()->entry.content));
  ManifestEntry entry;
  for (const LoadedManifestPtr& manifest : manifests) {
    TARN_ASSIGN(ManifestReader reader, ManifestReader::Open(*manifest->body, manifest->entry));
    while (true) {
      TARN_ASSIGN(const bool more, reader.Next(entry));
      if (!more) break;
      entry.status = EntryStatus::kExisting;
      TARN_TRY(writer.Append(entry));
    }
  }
  return Close(std::move(writer));
}

ManifestWriter::Options ManifestPlan::WriterOptions() const {
  ManifestWriter::Options options;
  options.header.format_version = commit_.metadata.format_version;
  options.snapshot_id = commit_.snapshot_id;
  options.sequence = commit_.sequence;
  options.sync = SyncMarkerOf(commit_.commit_id);
  options.level = 1;
  return options;
}

Result<ManifestWriter> ManifestPlan::OpenWriter(ManifestContent content) const {
  const PartitionSpec* spec = commit_.metadata.FindSpec(commit_.metadata.default_spec_id);
  if (spec == nullptr || !spec->is_unpartitioned()) {
    return Fail(ErrorCode::kUnsupported, "writing files into Iceberg partitions");
  }
  ManifestWriter::Options options = WriterOptions();
  options.header.content = content;
  options.header.schema_id = commit_.metadata.current_schema_id;
  options.header.schema_json = codec::Dump(commit_.metadata.FindSchema(commit_.metadata.current_schema_id)->json);
  options.header.partition_spec_id = spec->spec_id;
  return ManifestWriter::Create(std::move(options));
}

Result<ManifestWriter> ManifestPlan::OpenWriter(const ManifestReader& reader) const {
  ManifestWriter::Options options = WriterOptions();
  const int32_t format_version = options.header.format_version;
  options.header = reader.header();
  options.header.format_version = format_version;
  options.partition_columns = reader.partition_columns();
  return ManifestWriter::Create(std::move(options));
}

Status ManifestPlan::Close(ManifestWriter writer) {
  TARN_ASSIGN(ManifestWriter::Written written, writer.Finish());
  written.manifest.path = commit_.location.UriOf(ManifestName(commit_.commit_id, written_.size()));
  written_.push_back(std::move(written));
  return {};
}

Result<ManifestPlan::Outcome> ManifestPlan::Finish() && {
  Outcome outcome;
  outcome.changes = changes_;
  int64_t next_row_id = commit_.metadata.next_row_id.value_or(0);
  // Every data manifest has the first of the ids of its rows, old ones of an upgraded table from now on (spec, "Row
  // Lineage").
  const auto assign = [&](ManifestFile& manifest) {
    if (commit_.metadata.format_version < 3 || manifest.content != ManifestContent::kData) return false;
    if (manifest.first_row_id) return false;
    manifest.first_row_id = next_row_id;
    next_row_id += manifest.added_rows.value_or(0) + manifest.existing_rows.value_or(0);
    return true;
  };
  for (size_t i = 0; i < written_.size(); ++i) {
    ManifestWriter::Written& written = written_[i];
    assign(written.manifest);
    auto loaded = LoadManifest(written.manifest, written.bytes, commit_.metadata, commit_.location);
    if (!loaded) return Fail(std::move(loaded).error().In("a manifest that was just written"));
    outcome.manifests.push_back(*std::move(loaded));
    outcome.objects.push_back({ManifestName(commit_.commit_id, i), std::move(written.bytes)});
  }
  for (const LoadedManifestPtr& manifest : kept_) {
    ManifestFile entry = manifest->entry;
    if (!assign(entry)) {
      outcome.manifests.push_back(manifest);
      continue;
    }
    TARN_ASSIGN(LoadedManifestPtr loaded, LoadManifest(entry, *manifest->body, commit_.metadata, commit_.location));
    outcome.manifests.push_back(std::move(loaded));
  }
  outcome.assigned_rows = next_row_id - commit_.metadata.next_row_id.value_or(0);
  return outcome;
}

}  // namespace tarn::table::iceberg
