// SPDX-License-Identifier: Apache-2.0
#pragma once
// The actions of the Delta transaction log as plain values (Delta protocol, "Actions"); their JSON form is
// action_json's, their Parquet form checkpoint_rows'. Only what Tarn reads or writes is named here; unknown members are
// dropped, as the protocol lets readers do.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarn::table::delta {

using StringMap = std::map<std::string, std::string>;
/// By column; nothing = NULL.
using PartitionValues = std::map<std::string, std::optional<std::string>>;

struct Protocol {
  int32_t min_reader_version = 1;
  int32_t min_writer_version = 2;
  std::optional<std::vector<std::string>> reader_features;  ///< present exactly with reader version 3
  std::optional<std::vector<std::string>> writer_features;  ///< present exactly with writer version 7

  bool operator==(const Protocol&) const = default;
};

struct Metadata {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string format_provider = "parquet";
  StringMap format_options;
  std::string schema_string;
  std::vector<std::string> partition_columns;
  std::optional<int64_t> created_time_ms;
  StringMap configuration;

  bool operator==(const Metadata&) const = default;
};

/// Which rows of a file are deleted, or where that is written.
struct DeletionVector {
  std::string storage_type;    ///< "u" a file named by a UUID, "p" an absolute path, "i" inline
  std::string path_or_inline;  ///< Z85 text for "u" and "i"
  std::optional<int32_t> offset;
  int32_t size_bytes = 0;  ///< of the vector without its frame
  int64_t cardinality = 0;

  bool operator==(const DeletionVector&) const = default;
};

struct Add {
  std::string path;  ///< URI text as it stands in the log
  PartitionValues partition_values;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
  bool data_change = true;
  std::string stats;  ///< JSON text; empty = absent
  StringMap tags;
  std::optional<DeletionVector> deletion_vector = {};
  std::optional<int64_t> base_row_id = {};
  std::optional<int64_t> default_row_commit_version = {};
  std::optional<std::string> clustering_provider = {};

  bool operator==(const Add&) const = default;
};

struct Remove {
  std::string path;  ///< URI text as it stands in the log
  std::optional<int64_t> deletion_timestamp_ms;
  bool data_change = true;
  bool extended_file_metadata = false;
  PartitionValues partition_values;
  std::optional<int64_t> size_bytes;
  std::optional<DeletionVector> deletion_vector = {};
  std::optional<int64_t> base_row_id = {};
  std::optional<int64_t> default_row_commit_version = {};

  bool operator==(const Remove&) const = default;
};

struct Txn {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> last_updated_ms;

  bool operator==(const Txn&) const = default;
};

struct DomainMetadata {
  std::string domain;
  std::string configuration;
  bool removed = false;

  bool operator==(const DomainMetadata&) const = default;
};

struct CommitInfo {
  std::optional<int64_t> in_commit_timestamp_ms = {};  ///< present where the table's feature asks for it
  std::optional<int64_t> timestamp_ms;
  std::string operation;
  StringMap operation_parameters;
  StringMap operation_metrics;
  std::string engine_info;
  std::string txn_id;
  std::string isolation_level;
  std::optional<bool> is_blind_append;
  std::optional<int64_t> read_version;

  bool operator==(const CommitInfo&) const = default;
};

/// The actions of one log entry or of one checkpoint, by kind.
struct ActionSet {
  std::optional<CommitInfo> commit_info;
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::vector<Txn> txns;
  std::vector<DomainMetadata> domains;
  std::vector<Remove> removes;
  std::vector<Add> adds;
  std::vector<std::string> sidecars = {};  ///< paths of the files that hold the rest of a v2 checkpoint

  bool operator==(const ActionSet&) const = default;
};

}  // namespace tarn::table::delta
