// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/reference_finder.h"

#include "engine/duckdb/statement_gate.h"

namespace tarn::engine {

Result<std::vector<TableReference>> ReferenceFinder::References(const std::string& sql) {
  TARN_ASSIGN(auto checked, CheckSelect(sql));
  return std::move(checked.references);
}

}  // namespace tarn::engine
