// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether all rows of a dropped file are valid, before anything of it is kept (`strict=true`, docs/guide/files.md).
// Reads the file once from its beginning to its end; writes nothing. Free function.

#include <atomic>
#include <optional>
#include <vector>

#include "bronze/file_claim.h"
#include "bronze/file_scan.h"
#include "bronze/file_text.h"

namespace tarn::bronze {

/// Why a file is refused whole.
struct FileRefusal {
  struct Row {
    uint64_t index = 0;  ///< of the record in the file, from 0 on
    std::vector<contract::FieldError> errors;
  };
  uint64_t rows = 0;
  uint64_t refused = 0;
  std::vector<Row> listed;  ///< the first of them
};

struct FileCheckRequest {
  FileSources sources;
  const FileClaim& claim;
  contract::EndpointPtr endpoint;
  Randomness& randomness;
  FileScan::Limits limits;
  const std::atomic<bool>& stopping;
};

/// nullopt: its rows are valid. kInvalidArgument when the file cannot be read to its end; kUnavailable when it is to
/// stop.
Result<std::optional<FileRefusal>> CheckWholeFile(const FileCheckRequest& request);

}  // namespace tarn::bronze
