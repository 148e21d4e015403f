// SPDX-License-Identifier: Apache-2.0
#pragma once
// ParquetFiles on a small DuckDB instance of its own, which starts with the first file: what others wrote is read apart
// from the engine that answers questions. One thread for each reader, memory with a limit. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "engine/parquet_files.h"
#include "engine/parquet_notes.h"
#include "store/object_store.h"

namespace tarn::engine {

class DuckDbParquetFiles final : public ParquetFiles, public ParquetNotes {
 public:
  /// Of all readers together.
  static constexpr const char* kMemoryLimit = "512MiB";

  /// The store outlives this object and everything it opened.
  explicit DuckDbParquetFiles(store::ObjectStore& store);
  ~DuckDbParquetFiles() override;
  DuckDbParquetFiles(const DuckDbParquetFiles&) = delete;
  DuckDbParquetFiles& operator=(const DuckDbParquetFiles&) = delete;

  Result<OpenedFile> Open(const std::string& key, uint64_t first_row) override;
  Result<std::map<std::string, std::string>> Notes(const std::string& key) override;

 private:
  class Instance;
  class Reader;
  Result<std::shared_ptr<Instance>> Start();

  store::ObjectStore& store_;
  std::mutex mutex_;
  std::shared_ptr<Instance> instance_;  // guarded by mutex_
};

}  // namespace tarn::engine
