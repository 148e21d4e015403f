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

struct Add {
  std::string path;  ///< URI text as it stands in the log
  StringMap partition_values;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
  bool data_change = true;
  std::string stats;  ///< JSON text; empty = absent
  StringMap tags;
  bool has_deletion_vector = false;

  bool operator==(const Add&) const = default;
};

struct Remove {
  std::string path;  ///< URI text as it stands in the log
  std::optional<int64_t> deletion_timestamp_ms;
  bool data_change = true;
  bool extended_file_metadata = false;
  StringMap partition_values;
  std::optional<int64_t> size_bytes;

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

  bool operator==(const ActionSet&) const = default;
};

}  // namespace tarn::table::delta
