// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of Parquet files that an engine elsewhere left in a result folder, which stays as long as they do.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/parquet_files.h"
#include "engine/results/result_folders.h"
#include "engine/row_source.h"

namespace tarn::engine {

class ParquetRows final : public RowSource {
 public:
  /// Files of one schema, at least one: it is read from the first. `files` outlives the rows. Errors as
  /// ParquetFiles::Open.
  static Result<std::shared_ptr<ParquetRows>> Open(ParquetFiles& files, std::shared_ptr<ResultFolder> folder,
                                                   std::vector<std::string> keys);

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return keys_.size(); }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  Result<std::unique_ptr<RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

 private:
  ParquetRows(ParquetFiles& files, std::shared_ptr<ResultFolder> folder, std::vector<std::string> keys,
              table::Schema schema)
      : files_(files), folder_(std::move(folder)), keys_(std::move(keys)), schema_(std::move(schema)) {}

  ParquetFiles& files_;
  const std::shared_ptr<ResultFolder> folder_;
  const std::vector<std::string> keys_;
  const table::Schema schema_;
};

}  // namespace tarn::engine
