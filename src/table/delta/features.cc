// SPDX-License-Identifier: Apache-2.0
#include "table/delta/features.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "table/delta/schema_json.h"

namespace tarn::table::delta {
namespace {

constexpr int kMaxReaderVersion = 3;
constexpr int kMaxWriterVersion = 7;
constexpr int kMappingReaderVersion = 2;
constexpr std::string_view kTimestampNtz = "timestampNtz";
constexpr std::string_view kDeletionVectors = "deletionVectors";
constexpr std::string_view kColumnMapping = "columnMapping";
constexpr std::string_view kTypeWidening = "typeWidening";
constexpr std::string_view kTypeWideningPreview = "typeWidening-preview";
constexpr std::string_view kInCommitTimestamp = "inCommitTimestamp";

constexpr auto kReadableFeatures =
    std::to_array<std::string_view>({kTimestampNtz, kDeletionVectors, kColumnMapping, kTypeWidening,
                                     kTypeWideningPreview, "v2Checkpoint", "vacuumProtocolCheck"});

// Features without a condition for our commits, and those that matter only when the table's metadata makes them active.
constexpr auto kWritableFeatures = std::to_array<std::string_view>(
    {kTimestampNtz, kDeletionVectors, kColumnMapping, kTypeWidening, kTypeWideningPreview, kInCommitTimestamp,
     "v2Checkpoint", "vacuumProtocolCheck", "domainMetadata", "appendOnly", "invariants", "checkConstraints",
     "changeDataFeed", "generatedColumns", "allowColumnDefaults", "identityColumns"});

// What writer versions up to 6 imply, each with the version that brought it.
struct LegacyFeature {
  int writer_version;
  std::string_view name;
};
constexpr auto kLegacyFeatures = std::to_array<LegacyFeature>({{2, "appendOnly"},
                                                               {2, "invariants"},
                                                               {3, "checkConstraints"},
                                                               {4, "changeDataFeed"},
                                                               {4, "generatedColumns"},
                                                               {5, kColumnMapping},
                                                               {6, "identityColumns"}});

template <class Names>
bool Contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool HasWriterFeature(const Protocol& protocol, std::string_view name) {
  if (protocol.min_writer_version >= kMaxWriterVersion) {
    return protocol.writer_features && Contains(*protocol.writer_features, name);
  }
  const auto found = std::ranges::find(kLegacyFeatures, name, &LegacyFeature::name);
  return found != kLegacyFeatures.end() && protocol.min_writer_version >= found->writer_version;
}

std::string Property(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.configuration.find(key);
  return found == metadata.configuration.end() ? "" : found->second;
}

bool HasKeyWithPrefix(const std::vector<std::string>& keys, std::string_view prefix) {
  return std::ranges::any_of(keys, [&](const std::string& key) { return key.starts_with(prefix); });
}

bool HasConstraints(const Metadata& metadata) {
  const auto found = metadata.configuration.lower_bound("delta.constraints.");
  return found != metadata.configuration.end() && found->first.starts_with("delta.constraints.");
}

bool HasNaiveTimestampIn(const std::vector<Field>& fields) {
  return std::ranges::any_of(fields, [](const Field& field) {
    return field.type.kind == TypeKind::kTimestampNaive || HasNaiveTimestampIn(field.type.children);
  });
}

bool HasReaderFeature(const Protocol& protocol, std::string_view name) {
  return protocol.min_reader_version >= kMaxReaderVersion && protocol.reader_features &&
         Contains(*protocol.reader_features, name);
}

}  // namespace

bool SupportsColumnMapping(const Protocol& protocol) {
  return protocol.min_reader_version == kMappingReaderVersion || HasReaderFeature(protocol, kColumnMapping);
}

bool HasInCommitTimestamps(const Protocol& protocol, const Metadata& metadata) {
  return HasWriterFeature(protocol, kInCommitTimestamp) &&
         Property(metadata, "delta.enableInCommitTimestamps") == "true";
}

bool SupportsTypeWidening(const Protocol& protocol) {
  return HasReaderFeature(protocol, kTypeWidening) || HasReaderFeature(protocol, kTypeWideningPreview);
}

Status CheckReadable(const Protocol& protocol, const Metadata& metadata) {
  if (protocol.min_reader_version > kMaxReaderVersion) {
    return Fail(ErrorCode::kUnsupported, "Delta reader version " + std::to_string(protocol.min_reader_version));
  }
  if (protocol.min_reader_version == kMaxReaderVersion && protocol.reader_features) {
    for (const std::string& feature : *protocol.reader_features) {
      if (!Contains(kReadableFeatures, feature))
        return Fail(ErrorCode::kUnsupported, "Delta reader feature " + feature);
    }
  }
  if (metadata.format_provider != "parquet") {
    return Fail(ErrorCode::kUnsupported, "Delta data files in format " + metadata.format_provider);
  }
  return {};
}

Result<std::optional<std::string>> FindWriteObstacle(const Protocol& protocol, const Metadata& metadata) {
  using Obstacle = std::optional<std::string>;
  if (protocol.min_writer_version > kMaxWriterVersion) {
    return Obstacle("Delta writer version " + std::to_string(protocol.min_writer_version));
  }
  if (protocol.min_writer_version == kMaxWriterVersion && protocol.writer_features) {
    for (const std::string& feature : *protocol.writer_features) {
      if (!Contains(kWritableFeatures, feature)) return Obstacle("Delta writer feature " + feature);
    }
  }
  TARN_ASSIGN(const std::vector<std::string> keys, MetadataKeys(metadata.schema_string));
  const auto active = [&](std::string_view feature, bool by_metadata) {
    return by_metadata && HasWriterFeature(protocol, feature);
  };
  if (active("invariants", HasKeyWithPrefix(keys, "delta.invariants"))) return Obstacle("Delta column invariants");
  if (active("checkConstraints", HasConstraints(metadata))) return Obstacle("Delta CHECK constraints");
  if (active("generatedColumns", HasKeyWithPrefix(keys, "delta.generationExpression"))) {
    return Obstacle("Delta generated columns");
  }
  if (active("identityColumns", HasKeyWithPrefix(keys, "delta.identity."))) return Obstacle("Delta identity columns");
  if (active("allowColumnDefaults", HasKeyWithPrefix(keys, "CURRENT_DEFAULT")))
    return Obstacle("Delta column defaults");
  return Obstacle();
}

Status CheckChange(const Protocol& protocol, const Metadata& metadata, ChangeKind change) {
  if (!change.removes || !change.data_change) return {};
  if (HasWriterFeature(protocol, "appendOnly") && Property(metadata, "delta.appendOnly") == "true") {
    return Fail(ErrorCode::kFailedPrecondition, "the Delta table is append-only");
  }
  // Without both kinds readers derive the change data from the actions themselves.
  if (change.adds && HasWriterFeature(protocol, "changeDataFeed") &&
      Property(metadata, "delta.enableChangeDataFeed") == "true") {
    return Fail(ErrorCode::kUnsupported, "writing the Delta change data feed");
  }
  return {};
}

bool HasNaiveTimestamp(const Schema& schema) { return HasNaiveTimestampIn(schema.fields); }

Protocol Raised(const Protocol& protocol, NeededFeatures needed) {
  std::vector<std::string_view> missing;
  const auto need = [&](bool wanted, std::string_view name) {
    if (wanted && !(HasReaderFeature(protocol, name) && HasWriterFeature(protocol, name))) missing.push_back(name);
  };
  need(needed.naive_timestamps, kTimestampNtz);
  need(needed.deletion_vectors, kDeletionVectors);
  need(needed.column_mapping && !SupportsColumnMapping(protocol), kColumnMapping);
  if (missing.empty()) return protocol;

  Protocol raised = protocol;
  if (!raised.writer_features) {
    raised.writer_features.emplace();
    for (const LegacyFeature& feature : kLegacyFeatures) {
      if (protocol.min_writer_version >= feature.writer_version) raised.writer_features->emplace_back(feature.name);
    }
  }
  if (!raised.reader_features) raised.reader_features.emplace();
  if (SupportsColumnMapping(protocol)) missing.push_back(kColumnMapping);
  for (const std::string_view name : missing) {
    if (!Contains(*raised.reader_features, name)) raised.reader_features->emplace_back(name);
    if (!Contains(*raised.writer_features, name)) raised.writer_features->emplace_back(name);
  }
  raised.min_reader_version = kMaxReaderVersion;
  raised.min_writer_version = kMaxWriterVersion;
  return raised;
}

}  // namespace tarn::table::delta
