// SPDX-License-Identifier: Apache-2.0
#pragma once
// A dropped Parquet file as text: one JSON object a line, in the order of its rows (lake.md §3.4,
// docs/formats/bronze-log.md). The same file gives the same text for ever. Belongs to one thread.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/parquet_files.h"

namespace tarn::bronze {

class ParquetText {
 public:
  /// Begins with row `first_row` (from 0 on). Errors as ParquetFiles::Open has them.
  static Result<ParquetText> Open(engine::ParquetFiles& files, const std::string& key, uint64_t first_row);

  /// Fills the front of `out`; 0 is the end.
  Result<size_t> Read(std::span<char> out);

 private:
  explicit ParquetText(engine::ParquetFiles::OpenedFile file);
  void AppendRow();

  engine::ParquetFiles::OpenedFile file_;
  std::vector<std::string> members_;  ///< `"name":` of each column, with what stands before it
  table::BatchView batch_;
  size_t row_ = 0;  ///< of the batch: the next one
  bool is_over_ = false;
  Status failed_;
  std::string text_;  ///< not read yet from at_ on
  size_t at_ = 0;
};

}  // namespace tarn::bronze
