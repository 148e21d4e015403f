// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Parquet files that one COPY writes. DuckDB's own splitting gives up the order of rows; this copy function wraps
// DuckDB's Parquet writer and goes on to a next file, between two row groups, when one has its size. Row groups are
// still encoded by all threads. Names and statistics of the parts are kept for who asked.

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/random.h"
#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

/// FORMAT of the copy function that writes parts.
inline constexpr const char* kPartsFormat = "lake_parquet";

struct ParquetPart {
  std::string path;  ///< relative to the table's location
  duckdb::CopyFunctionFileStatistics statistics;
};

/// What one statement writes; its session holds it while the statement runs. Thread-safe.
class ParquetParts {
 public:
  struct Limits {
    uint64_t target_size_bytes = 0;
    uint64_t held_bytes = 0;  ///< a part of at most this size is kept in memory instead of put
  };

  /// `parquet`: DuckDB's own copy function.
  ParquetParts(const duckdb::CopyFunction& parquet, std::string location, Limits limits);

  const duckdb::CopyFunction& parquet() const { return parquet_; }
  uint64_t target_size_bytes() const { return limits_.target_size_bytes; }
  uint64_t held_bytes() const { return limits_.held_bytes; }

  /// The next part, which stays where it is.
  ParquetPart& Begin();
  std::string KeyOf(const ParquetPart& part) const { return location_ + "/" + part.path; }
  /// Whether `key` is that of a part that was begun.
  bool Owns(const std::string& key) const;

  /// Keeps a finished part that is not put.
  void Hold(const std::string& key, std::string body);
  /// The kept part; nullopt when it was put.
  std::optional<std::string> TakeHeld(const std::string& key);

  /// The parts, when nobody writes any more.
  const std::deque<ParquetPart>& parts() const { return parts_; }

 private:
  const duckdb::CopyFunction& parquet_;
  const std::string location_;
  const Limits limits_;
  SystemRandomness randomness_;
  mutable std::mutex mutex_;
  std::deque<ParquetPart> parts_;            // guarded by mutex_ while the statement runs
  std::map<std::string, std::string> held_;  // guarded by mutex_; by key
};

/// The copy function kPartsFormat over `parquet`.
duckdb::CopyFunction MakePartsFunction(const duckdb::CopyFunction& parquet);

}  // namespace tarn::engine
