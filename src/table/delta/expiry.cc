// SPDX-License-Identifier: Apache-2.0
#include "table/delta/expiry.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <map>

#include "table/delta/action_json.h"
#include "table/delta/checkpoint.h"
#include "table/delta/deletion_vector.h"
#include "table/delta/delta_state.h"
#include "table/delta/log_names.h"

namespace tarn::table::delta {
namespace {

/// The log folder by version.
struct LogFolder {
  std::map<int64_t, std::vector<std::string>> checkpoints;  ///< names of all their parts
  std::set<int64_t> classic;                                ///< versions with a checkpoint in one file
};

std::string FolderKey(const std::string& location) { return location + "/" + std::string(kLogFolder); }

Result<LogFolder> ListFolder(store::ObjectStore& store, const std::string& location) {
  const std::string prefix = FolderKey(location);
  TARN_ASSIGN(const auto objects, store.List(prefix));
  LogFolder folder;
  for (const store::ObjectInfo& object : objects) {
    const std::string_view name = std::string_view(object.key).substr(prefix.size());
    const auto file = ParseLogFileName(name);
    if (!file || file->kind == LogFileKind::kEntry) continue;
    folder.checkpoints[file->version].push_back(std::string(kLogFolder) + std::string(name));
    if (file->kind == LogFileKind::kClassicCheckpoint) folder.classic.insert(file->version);
  }
  return folder;
}

/// What the writer says of its commit, under the names that Delta writers use.
void Describe(const CommitInfo& info, VersionChange& change) {
  const auto metric = [&](std::initializer_list<const char*> names) -> std::optional<int64_t> {
    for (const char* name : names) {
      const auto found = info.operation_metrics.find(name);
      if (found == info.operation_metrics.end()) continue;
      int64_t number = 0;
      const std::string& text = found->second;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc() && end == text.data() + text.size()) return number;
    }
    return std::nullopt;
  };
  change.operation = info.operation;
  change.files_added = metric({"numFiles", "numAddedFiles", "num_added_files", "numTargetFilesAdded"});
  change.files_removed = metric({"numRemovedFiles", "num_removed_files", "numTargetFilesRemoved"});
  change.rows_added = metric({"numOutputRows", "num_added_rows"});
  change.rows_removed = metric({"numDeletedRows", "num_deleted_rows"});
  const bool removes = change.files_removed.value_or(1) != 0 || metric({"numDeletionVectorsAdded"});
  if (!change.rows_removed && !removes) change.rows_removed = 0;
}

/// The first version of the unbroken run of kept versions that ends with the newest one.
int64_t TailStart(const std::set<int64_t>& kept) {
  int64_t start = *kept.rbegin();
  for (auto at = kept.rbegin(); at != kept.rend() && *at >= start - 1; ++at) start = *at;
  return start;
}

}  // namespace

Result<std::vector<int64_t>> ListVersions(store::ObjectStore& store, const std::string& location) {
  const std::string prefix = FolderKey(location);
  TARN_ASSIGN(const auto objects, store.List(prefix));
  std::vector<int64_t> versions;
  for (const store::ObjectInfo& object : objects) {
    const auto file = ParseLogFileName(std::string_view(object.key).substr(prefix.size()));
    if (file && file->kind == LogFileKind::kEntry) versions.push_back(file->version);
  }
  std::ranges::sort(versions);
  return versions;
}

Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location, int64_t version) {
  const std::string key = location + "/" + LogEntryName(version);
  TARN_ASSIGN(const std::string body, store.Get(key));
  auto entry = DecodeLogEntry(body);
  if (!entry) return Fail(std::move(entry).error().In(key));
  VersionChange change;
  change.version = version;
  if (version > 0) change.parent = version - 1;
  change.committed_at = MarkOf(version, entry->commit_info).committed_at;
  if (change.committed_at.micros == 0) {
    TARN_ASSIGN(const store::ObjectInfo info, store.Head(key));
    change.committed_at = info.modified;
  }
  const std::string table_root = store.root_of(location) + "/" + location;
  for (const Add& add : entry->adds) {
    TARN_ASSIGN(std::string path, DecodePath(add.path, table_root));
    change.added.push_back(std::move(path));
    if (!add.deletion_vector) continue;
    TARN_ASSIGN(const DeleteFile deletes, ToDeleteFile(*add.deletion_vector, table_root));
    if (!deletes.path.empty()) change.added.push_back(deletes.path);
  }
  for (const Txn& txn : entry->txns) change.transactions[txn.app_id] = txn.version;
  if (entry->commit_info) Describe(*entry->commit_info, change);
  return change;
}

Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location, const ExpiryRequest& request,
                                 ParquetCodec& parquet) {
  ExpiryPlan plan;
  if (request.kept.empty() || request.expired.empty()) return plan;
  const int64_t tail = TailStart(request.kept);
  TARN_ASSIGN(LogFolder folder, ListFolder(store, location));
  // A table that keeps one version stands on that version's checkpoint, so that all others can go.
  if (request.kept.size() == 1 && !folder.classic.contains(tail)) {
    TARN_TRY(WriteCheckpointNow(store, location, tail, parquet));
    TARN_ASSIGN(folder, ListFolder(store, location));
  }
  auto base = folder.classic.upper_bound(tail);
  if (base == folder.classic.begin()) return plan;  // nothing to replay the newest versions from yet
  const int64_t base_version = *--base;

  for (const int64_t version : request.expired) {
    if (version < base_version) plan.versions.push_back(version);
  }
  if (plan.versions.empty()) return plan;
  for (const int64_t version : request.kept) {
    if (version >= base_version) break;
    if (!folder.classic.contains(version)) TARN_TRY(WriteCheckpointOf(store, location, version, parquet));
  }
  for (const auto& [version, names] : folder.checkpoints) {
    if (version >= base_version) break;
    if (!request.kept.contains(version)) plan.objects.insert(plan.objects.end(), names.begin(), names.end());
  }
  for (const int64_t version : plan.versions) plan.numbers.push_back(LogEntryName(version));
  return plan;
}

}  // namespace tarn::table::delta
