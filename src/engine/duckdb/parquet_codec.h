// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parquet for the table formats' own metadata (Delta checkpoints). Files pass through memory: they hold a table's list
// of files, not its data. Starts a small DuckDB instance of its own with the first call. Thread-safe.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/result.h"
#include "table/parquet_codec.h"

namespace tarn::engine {

class DuckDbParquetCodec final : public table::ParquetCodec {
 public:
  DuckDbParquetCodec();
  ~DuckDbParquetCodec() override;
  DuckDbParquetCodec(const DuckDbParquetCodec&) = delete;
  DuckDbParquetCodec& operator=(const DuckDbParquetCodec&) = delete;

  Result<uint64_t> Write(store::ObjectStore& store, const std::string& key, const table::Schema& schema,
                         const RowSupplier& supplier) override;
  Status Read(store::ObjectStore& store, const std::string& key, std::span<const std::string> columns,
              const RowConsumer& consumer) override;

 private:
  class Instance;
  Result<std::shared_ptr<Instance>> Start();

  std::mutex mutex_;
  std::shared_ptr<Instance> instance_;  // guarded by mutex_
};

}  // namespace tarn::engine
