// SPDX-License-Identifier: Apache-2.0
#pragma once
// The places where a SELECT names tables, so that it can be told the names of another engine without being understood
// (docs/adr/0025). A port of its own: implemented by engine/duckdb. Pure functions beside it; thread-safe.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/names.h"

namespace tarn::engine {

/// One mention of a table by three parts.
struct TableReference {
  TableName name;
  size_t offset = 0;  ///< of the name's first byte in the text
  bool has_alias = false;
  bool time_travels = false;  ///< AT (VERSION …) or AT (TIMESTAMP …) follows
};

class TableReferences {
 public:
  virtual ~TableReferences() = default;

  /// Every mention in a statement that QueryEngine::Classify accepts, in the order of the text; schemas of the engine
  /// itself ("d.information_schema.tables") as well. kInvalidArgument as Classify.
  virtual Result<std::vector<TableReference>> References(const std::string& sql) = 0;
};

/// Length in bytes of the three-part name that `sql` has at `offset`, blanks and comments inside it counted.
/// kInvalidArgument when what stands there is not that name.
Result<size_t> ReferenceLength(std::string_view sql, const TableReference& reference);

/// The text with every reference replaced; all else stays, byte by byte. Errors as ReferenceLength and of
/// `replacement`.
Result<std::string> ReplaceReferences(
    std::string_view sql, std::span<const TableReference> references,
    const std::function<Result<std::string>(const TableReference& reference)>& replacement);

}  // namespace tarn::engine
