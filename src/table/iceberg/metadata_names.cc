// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/metadata_names.h"

#include <charconv>

namespace tarn::table::iceberg {
namespace {

bool RemoveSuffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

}  // namespace

std::string MetadataName(int64_t version) {
  return std::string(kMetadataFolder) + "v" + std::to_string(version) + ".metadata.json";
}

std::string VersionHintName() { return std::string(kMetadataFolder) + "version-hint.text"; }

std::string ManifestListName(int64_t snapshot_id, std::string_view commit_id) {
  return std::string(kMetadataFolder) + "snap-" + std::to_string(snapshot_id) + "-" + std::string(commit_id) + ".avro";
}

std::string ManifestName(std::string_view commit_id, size_t number) {
  return std::string(kMetadataFolder) + std::string(commit_id) + "-m" + std::to_string(number) + ".avro";
}

std::optional<MetadataFileName> ParseMetadataFileName(std::string_view name) {
  MetadataFileName file;
  // Writers put the compression before or behind the rest of the suffix.
  if (RemoveSuffix(name, ".metadata.json.gz") || RemoveSuffix(name, ".gz.metadata.json")) {
    file.gzip = true;
  } else if (!RemoveSuffix(name, ".metadata.json")) {
    return std::nullopt;
  }
  file.of_series = name.starts_with('v');
  if (file.of_series) name.remove_prefix(1);
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), file.version);
  if (error != std::errc() || file.version < 0) return std::nullopt;
  const std::string_view rest = name.substr(static_cast<size_t>(end - name.data()));
  if (file.of_series ? !rest.empty() : !rest.starts_with('-')) return std::nullopt;
  return file;
}

}  // namespace tarn::table::iceberg
