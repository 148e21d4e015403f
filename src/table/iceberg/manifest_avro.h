// SPDX-License-Identifier: Apache-2.0
#pragma once
// Manifests of Iceberg tables <-> Avro (spec, "Manifests"): versions 1 to 3 are read, 2 and 3 written. Readers go by
// field ids, skip what they do not know and fill in what an entry inherits from its manifest. Thread-compatible. Format
// page: docs/formats/iceberg.md.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/avro_file.h"
#include "table/iceberg/manifest_entry.h"

namespace tarn::table::iceberg {

/// Key-value metadata of a manifest.
struct ManifestHeader {
  int32_t format_version = 2;
  ManifestContent content = ManifestContent::kData;
  int32_t schema_id = 0;
  std::string schema_json;  ///< the table's schema when it was written
  int32_t partition_spec_id = 0;
  std::string partition_fields_json = "[]";  ///< the fields of the partition spec, as a JSON list
};

/// Reads entries one after the other out of a manifest that outlives it.
class ManifestReader {
 public:
  struct Options {
    bool deleted_too = false;  ///< entries with status DELETED are left out otherwise
    bool metrics = true;       ///< false: columns, split offsets and sort order stay empty
  };

  /// `manifest`: its row of the manifest list, from which entries inherit. kCorrupt when it is no manifest,
  /// kUnsupported names what we cannot read.
  static Result<ManifestReader> Open(std::string_view bytes, const ManifestFile& manifest, const Options& options);
  static Result<ManifestReader> Open(std::string_view bytes, const ManifestFile& manifest) {
    return Open(bytes, manifest, Options());
  }

  const ManifestHeader& header() const { return header_; }
  /// Columns of the partition tuples, in the order of their values.
  const std::vector<PartitionColumn>& partition_columns() const { return partition_columns_; }

  /// Overwrites `entry` with the next one, reusing its memory; false at the end.
  Result<bool> Next(ManifestEntry& entry);

 private:
  struct Step {
    int32_t field_id = -1;
    codec::AvroSlot slot;
    const codec::AvroType* skipped = nullptr;  ///< set: of no interest
  };

  explicit ManifestReader(codec::AvroFileReader file) : file_(std::move(file)) {}
  Status ReadHeader(const ManifestFile& manifest);
  Status Compile();
  Result<std::vector<Step>> CompileRecord(const codec::AvroType& record, std::span<const int32_t> needed) const;
  Status CompileDataFile(const codec::AvroType& record);
  bool IsWanted(int32_t field_id) const;

  void ReadEntry(ManifestEntry& entry);
  void ReadFile(ContentFile& file);
  void ReadField(const Step& step, ContentFile& file);
  void ReadOptionalField(const Step& step, ContentFile& file);
  void ReadPartition(std::vector<Value>& values);
  void ReadMetrics(const Step& step, std::vector<ColumnMetrics>& columns);
  Status Inherit(ManifestEntry& entry);

  codec::AvroFileReader file_;
  ManifestHeader header_;
  ManifestFile manifest_;
  Options options_;
  std::vector<PartitionColumn> partition_columns_;
  std::vector<Step> entry_steps_;
  std::vector<Step> file_steps_;
  std::vector<codec::AvroSlot> partition_slots_;
  bool has_sequences_ = false;
  bool is_unsorted_ = false;  ///< metrics of the entry being read
  std::optional<int64_t> next_row_id_;
};

/// Builds one manifest.
class ManifestWriter {
 public:
  struct Options {
    ManifestHeader header;  ///< format version 2 or 3
    std::vector<PartitionColumn> partition_columns;
    int64_t snapshot_id = 0;  ///< of the commit that writes it
    int64_t sequence = 0;     ///< of that commit; entries without a sequence number inherit it
    codec::AvroSyncMarker sync{};
    codec::AvroCompression compression = codec::AvroCompression::kDeflate;
    int level = 6;
  };
  struct Written {
    std::string bytes;
    ManifestFile manifest;  ///< its row for the manifest list; path and first_row_id are the caller's
  };

  static Result<ManifestWriter> Create(Options options);

  /// kInvalidArgument when the entry does not go with the manifest: kind of content, partition values, sequence numbers
  /// that only added files may lack.
  Status Append(const ManifestEntry& entry);
  Result<Written> Finish();

 private:
  /// The least and the greatest partition value so far.
  struct Range {
    PartitionSummary summary;
    Value lower;
    Value upper;
  };

  ManifestWriter(Options options, codec::AvroFileWriter file);
  Status Check(const ManifestEntry& entry) const;
  Status Count(const ManifestEntry& entry);
  void CountPartition(const Value& value, Range& range) const;
  Status WriteFile(const ContentFile& file);
  Status WritePartition(const std::vector<Value>& values);

  Options options_;
  codec::AvroFileWriter file_;
  ManifestFile manifest_;
  std::optional<int64_t> min_sequence_;
  std::vector<Range> ranges_;
};

}  // namespace tarn::table::iceberg
