// SPDX-License-Identifier: Apache-2.0
#include "engine/select_numbers.h"

namespace tarn::engine {

Result<std::vector<int64_t>> SelectNumbers(Workspace& workspace, const std::string& select) {
  TARN_ASSIGN(const auto stream, workspace.Query(select));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, stream->Next(batch));
  if (!more || batch.rows != 1) return Fail(ErrorCode::kInternal, "a count gave no row");
  std::vector<int64_t> numbers;
  for (const auto& column : batch.columns) numbers.push_back(column.At<int64_t>(0));
  return numbers;
}

Result<int64_t> SelectNumber(Workspace& workspace, const std::string& select) {
  TARN_ASSIGN(const auto numbers, SelectNumbers(workspace, select));
  return numbers.front();
}

}  // namespace tarn::engine
