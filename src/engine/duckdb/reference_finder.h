// SPDX-License-Identifier: Apache-2.0
#pragma once
// The places of tables in a text, as DuckDB's parser says. Stateless.

#include "engine/table_references.h"

namespace tarn::engine {

class ReferenceFinder final : public TableReferences {
 public:
  Result<std::vector<TableReference>> References(const std::string& sql) override;
};

}  // namespace tarn::engine
