// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parquet port of the table formats: their own metadata files (Delta checkpoints) are Parquet, which only the engine
// can read and write. Implemented by engine/duckdb, wired by app; thread-safe. A table format gets a pointer that may
// be null: then such files are neither written nor read.

#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "table/batch.h"
#include "table/format.h"
#include "table/types.h"

namespace tarn::table {

class ParquetCodec {
 public:
  virtual ~ParquetCodec() = default;

  /// Points the view at the next rows, false at the end. The view is valid until the next call.
  using RowSupplier = std::function<Result<bool>(BatchView& batch)>;

  /// Gets rows of a file with the columns they have.
  using RowConsumer = std::function<Status(const Schema& schema, const BatchView& batch)>;

  /// Writes one Parquet file under `key`. Columns, in order, are the fields of `schema`: kStruct, kMap(kString,
  /// kString), kList(kString), kString, kInt32, kInt64, kBoolean, nested in each other. Everything is optional
  /// (nullable) in the file; lists and maps in the standard 3-level forms, strings annotated as UTF8, field ids for the
  /// columns (not their members) that have one, any codec a Parquet reader knows. A batch holds at most 2048 rows.
  /// Durable when it returns the file's size in bytes; kAlreadyExists when the key is taken; nothing is left behind
  /// after an error.
  virtual Result<uint64_t> Write(store::ObjectStore& store, const std::string& key, const Schema& schema,
                                 const RowSupplier& supplier) = 0;

  /// Calls `consumer` with all rows of the file at `key`, restricted to those top-level columns of the file whose names
  /// are in `columns` (case-sensitive). Names and types are the file's own: struct members keep their names, their
  /// order does not matter, integers of up to 32 bits come as kInt32, of 64 as kInt64. Members and columns of types
  /// without a TypeKind may be left out. kNotFound when the object is absent, kCorrupt when it is not a Parquet file.
  virtual Status Read(store::ObjectStore& store, const std::string& key, std::span<const std::string> columns,
                      const RowConsumer& consumer) = 0;
};

}  // namespace tarn::table
