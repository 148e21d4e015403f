// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one DuckDB connection is allowed beyond a plain query: the inputs of a workspace and the objects a Parquet write
// or an export may make. Registered with the connection's ClientContext; absent on connections that serve users.

#include <map>
#include <mutex>
#include <string>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/parquet_parts.h"
#include "engine/names.h"

namespace tarn::engine {

class SessionState final : public duckdb::ClientContextState {
 public:
  static constexpr const char* kName = "tarn_session";

  /// The state of `context`, or null for a user's connection.
  static duckdb::shared_ptr<SessionState> Of(duckdb::ClientContext& context);

  void AddInput(const std::string& name, BoundTablePtr table);
  BoundTablePtr FindInput(const std::string& name) const;
  std::vector<std::string> InputNames() const;

  /// What a COPY of this session writes; null = nothing.
  void set_parts(std::shared_ptr<ParquetParts> parts);
  std::shared_ptr<ParquetParts> parts() const;
  /// The object that an export of this session writes; empty = none.
  void set_export_key(const std::string& key);
  bool Exports(const std::string& key) const;
  bool MayWrite(const std::string& key) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, BoundTablePtr> inputs_;
  std::shared_ptr<ParquetParts> parts_;
  std::string export_key_;
};

}  // namespace tarn::engine
