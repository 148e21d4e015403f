// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erasure_keys.h"

#include <algorithm>

#include "engine/query_engine.h"

namespace tarn::upkeep {

bool HasKeyColumns(const ErasureKeys& keys, const table::Schema& schema) {
  return std::ranges::all_of(keys.columns, [&](const auto& name) { return schema.IndexOf(name).has_value(); });
}

std::string KeyCondition(const ErasureKeys& keys, const table::Schema& schema) {
  std::string condition;
  for (const auto& key : keys.values) {
    condition += condition.empty() ? "(" : " OR (";
    for (size_t i = 0; i < keys.columns.size(); ++i) {
      const auto& type = schema.fields[*schema.IndexOf(keys.columns[i])].type;
      condition += (i == 0 ? "" : " AND ") + engine::QuoteIdentifier(keys.columns[i]) + " = TRY_CAST(" +
                   engine::QuoteLiteral(key[i]) + " AS " + table::SqlTypeName(type) + ")";
    }
    condition += ")";
  }
  return "coalesce(" + (condition.empty() ? "false" : condition) + ", false)";
}

}  // namespace tarn::upkeep
