// SPDX-License-Identifier: Apache-2.0
#pragma once
// The port to an engine elsewhere that runs a job's query and gives its rows back (lake.md §6.8, docs/adr/0025).
// Implemented by engine/trino, engine/spark and engine/athena. Thread-safe; what a query gave belongs to one thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/names.h"
#include "engine/row_source.h"

namespace tarn::engine {

/// A table at the version that is to be read.
struct RemoteTable {
  TableName name;
  std::optional<int64_t> snapshot_id;  ///< of Iceberg; nullopt: a table without any, which has no rows
  bool has_alias = false;              ///< one follows in the text
  std::string metadata_uri{};          ///< of Iceberg's metadata that has the snapshot; empty: not known here
};

struct RemoteQuery {
  std::string sql;    ///< one SELECT in the engine's dialect and with its names
  std::string label;  ///< what its list of queries shows
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
  std::vector<RemoteTable> tables{};  ///< that it reads, each once
};

class RemoteEngine {
 public:
  virtual ~RemoteEngine() = default;

  /// What stands for the table behind FROM.
  virtual std::string TableText(const RemoteTable& table) const = 0;

  /// Whether the engine can read the table where it lies; kInvalidArgument says why not.
  virtual Status CheckTable(const RemoteTable&) const { return {}; }

  /// A literal of the instant: with a zone, or the naive one that is read as UTC.
  virtual std::string TimeText(Timestamp at, bool with_zone) const = 0;

  /// Starts the query and waits until its columns are known. The rows come as they are asked for; a unit is opened once
  /// at most; letting go of them ends the query. Errors here and of the rows: kInvalidArgument (the query is wrong, or
  /// a type has no place in tables of ours), kDeadlineExceeded, kCancelled, kResourceExhausted, kPermissionDenied,
  /// kUnauthenticated, kUnavailable and kUnknownOutcome (may pass by itself), kFailedPrecondition (not set up as
  /// configured), kInternal (the engine's own fault).
  virtual Result<std::shared_ptr<RowSource>> Query(const RemoteQuery& query) = 0;
};

}  // namespace tarn::engine
