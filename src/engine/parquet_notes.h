// SPDX-License-Identifier: Apache-2.0
#pragma once
// What writers note in the footers of Parquet files beside their columns: the port by which results of engines
// elsewhere are understood. Implemented by engine/duckdb over one object store. Thread-safe.

#include <map>
#include <string>

#include "base/result.h"

namespace tarn::engine {

class ParquetNotes {
 public:
  virtual ~ParquetNotes() = default;

  /// Texts by name. Errors as ParquetFiles::Open.
  virtual Result<std::map<std::string, std::string>> Notes(const std::string& key) = 0;
};

}  // namespace tarn::engine
