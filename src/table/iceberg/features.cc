// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/features.h"

#include "table/iceberg/metadata_names.h"

namespace tarn::table::iceberg {
namespace {

std::string Property(const TableMetadata& metadata, const std::string& name) {
  const auto found = metadata.properties.find(name);
  return found == metadata.properties.end() ? "" : found->second;
}

}  // namespace

Status CheckReadable(const TableMetadata& metadata) {
  const auto keys = metadata.others.find("encryption-keys");
  if (keys != metadata.others.end() && !keys->empty()) return Fail(ErrorCode::kUnsupported, "Iceberg table encryption");
  return {};
}

std::optional<std::string> FindWriteObstacle(const TableMetadata& metadata, const std::string& metadata_uri) {
  if (metadata.format_version < 2) return "Iceberg format version 1";
  const auto name = ParseMetadataFileName(metadata_uri.substr(metadata_uri.rfind('/') + 1));
  if (!name || !name->of_series) return "metadata that another catalog names";
  if (name->gzip) return "compressed Iceberg metadata";
  const PartitionSpec* spec = metadata.FindSpec(metadata.default_spec_id);
  if (spec != nullptr && !spec->is_unpartitioned()) return "Iceberg partitions";
  const std::string compression = Property(metadata, "write.metadata.compression-codec");
  if (!compression.empty() && compression != "none") return "compressed Iceberg metadata";
  if (!Property(metadata, "encryption.key-id").empty()) return "Iceberg table encryption";
  return std::nullopt;
}

}  // namespace tarn::table::iceberg
