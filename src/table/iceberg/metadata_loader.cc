// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/metadata_loader.h"

#include <unordered_map>
#include <utility>

#include "codec/compression.h"
#include "table/iceberg/features.h"
#include "table/iceberg/history.h"
#include "table/iceberg/loaded_manifest.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/named_objects.h"

namespace tarn::table::iceberg {

Result<SnapshotPtr> MetadataLoader::Load(const SnapshotPtr& known) {
  const bool probes =
      known != nullptr && known->exists() && StateOf(*known).metadata_uri.ends_with("/" + MetadataName(known->version));
  if (probes) return LoadOnwards(known);
  TARN_ASSIGN(const auto found, FindMetadata());
  if (!found) return SnapshotPtr(std::make_shared<Snapshot>());
  return LoadFound(*found, known);
}

Result<SnapshotPtr> MetadataLoader::LoadVersion(const SnapshotPtr& newest, int64_t snapshot_id) {
  const IcebergState& now = StateOf(*newest);
  const SnapshotRecordPtr record = now.metadata->FindSnapshot(snapshot_id);
  if (record == nullptr) return Fail(NoSuchSnapshot(snapshot_id).In(location_));
  IcebergState state;
  state.uri = now.uri;
  state.metadata_uri = now.metadata_uri;
  state.metadata = std::make_shared<const TableMetadata>(MetadataAt(*now.metadata, *record));
  // Statistics are of the types of the schema that a manifest was read with.
  const bool same_schema = state.metadata->current_schema_id == now.metadata->current_schema_id;
  auto manifests = LoadManifests(state, same_schema ? newest : nullptr);
  if (!manifests) return Fail(std::move(manifests).error().In(location_));
  state.manifests = *std::move(manifests);
  auto snapshot = MakeSnapshot(VersionOf(*record).value_or(newest->version), location_, std::move(state));
  if (!snapshot) return Fail(std::move(snapshot).error().In(location_));
  return snapshot;
}

/// Metadata of the greatest number; nullopt when there is none.
Result<std::optional<MetadataLoader::Found>> MetadataLoader::FindMetadata() {
  const std::string prefix = KeyOf(kMetadataFolder);
  TARN_ASSIGN(const auto objects, store_.List(prefix));
  std::optional<Found> best;
  bool ambiguous = false;
  for (const store::ObjectInfo& object : objects) {
    const auto name = ParseMetadataFileName(std::string_view(object.key).substr(prefix.size()));
    if (!name) continue;
    const bool better = !best || name->version > best->name.version ||
                        (name->version == best->name.version && name->of_series && !best->name.of_series);
    if (better) {
      best = Found{*name, object.key};
      ambiguous = false;
    } else if (name->version == best->name.version && name->of_series == best->name.of_series) {
      ambiguous = true;
    }
  }
  if (ambiguous) {
    return Fail(ErrorCode::kUnsupported, "Iceberg tables with two metadata files of one version: " + best->key);
  }
  return best;
}

/// The snapshot of the last number behind `known`, or `known` itself.
Result<SnapshotPtr> MetadataLoader::LoadOnwards(const SnapshotPtr& known) {
  std::optional<std::string> newest;
  int64_t version = known->version;
  while (true) {
    auto body = store_.Get(KeyOf(MetadataName(version + 1)));
    if (!body && body.error().code == ErrorCode::kNotFound) break;
    if (!body) return Fail(std::move(body).error());
    newest = *std::move(body);
    ++version;
  }
  if (!newest) return known;
  const Found found{{.version = version, .of_series = true, .gzip = false}, KeyOf(MetadataName(version))};
  return Finish(found, *std::move(newest), known);
}

Result<SnapshotPtr> MetadataLoader::LoadFound(const Found& found, const SnapshotPtr& known) {
  TARN_ASSIGN(std::string body, store_.Get(found.key));
  return Finish(found, std::move(body), known);
}

/// Makes the version durable, which this process may not have put itself, and then the snapshot of it.
Result<SnapshotPtr> MetadataLoader::Finish(const Found& found, std::string body, const SnapshotPtr& known) {
  if (found.name.gzip) {
    auto plain = codec::Decompress(codec::Encoding::kGzip, body, kMaxMetadataBytes);
    if (!plain) return Fail(ErrorCode::kCorrupt, plain.error().message + ": " + found.key);
    body = *std::move(plain);
  }
  TARN_TRY(store_.MakeDurable(found.key));
  auto metadata = DecodeMetadata(body);
  if (!metadata) return Fail(std::move(metadata).error().In(found.key));
  return MakeLoaded(found.name.version, found.key.substr(location_.size() + 1), *std::move(metadata), known);
}

Result<SnapshotPtr> MetadataLoader::LoadPlanned(TableMetadata metadata, int64_t version, const SnapshotPtr& known) {
  return MakeLoaded(version, MetadataName(version), std::move(metadata), known);
}

/// `path` is the metadata's, below the table.
Result<SnapshotPtr> MetadataLoader::MakeLoaded(int64_t version, const std::string& path, TableMetadata metadata,
                                               const SnapshotPtr& known) {
  IcebergState state;
  state.metadata = std::make_shared<const TableMetadata>(std::move(metadata));
  state.uri = state.metadata->location;
  state.metadata_uri = state.uri + "/" + path;
  auto readable = CheckReadable(*state.metadata);
  if (!readable) return Fail(std::move(readable).error().In(location_));
  auto manifests = LoadManifests(state, known);
  if (!manifests) return Fail(std::move(manifests).error().In(location_));
  state.manifests = *std::move(manifests);
  auto snapshot = MakeSnapshot(version, location_, std::move(state));
  if (!snapshot) return Fail(std::move(snapshot).error().In(location_));
  return snapshot;
}

Result<std::vector<LoadedManifestPtr>> MetadataLoader::LoadManifests(const IcebergState& state,
                                                                     const SnapshotPtr& known) {
  std::vector<LoadedManifestPtr> loaded;
  const SnapshotRecordPtr current = state.metadata->CurrentSnapshot();
  if (current == nullptr) return loaded;
  std::unordered_map<std::string_view, LoadedManifestPtr> read_before;
  if (known != nullptr && known->exists()) {
    for (const LoadedManifestPtr& manifest : StateOf(*known).manifests) read_before[manifest->entry.path] = manifest;
  }
  NamedObjects objects(store_, location_, state.uri);
  TARN_ASSIGN(const auto manifests, objects.ListManifests(*current));
  for (const ManifestFile& manifest : manifests) {
    const auto before = read_before.find(manifest.path);
    // The list may have come to know more of a manifest: row ids of an upgraded table.
    if (before != read_before.end() && before->second->entry == manifest) {
      loaded.push_back(before->second);
      continue;
    }
    TARN_ASSIGN(std::string body, objects.Get(manifest.path));
    auto one = LoadManifest(manifest, std::move(body), *state.metadata, objects.location());
    if (!one) return Fail(std::move(one).error().In(manifest.path));
    loaded.push_back(*std::move(one));
  }
  return loaded;
}

}  // namespace tarn::table::iceberg
