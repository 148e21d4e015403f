// SPDX-License-Identifier: Apache-2.0
#pragma once
// The schema a gold table gets from a run's result (http-api.md §8.2, lake.md §6.3). Pure functions.

#include <optional>
#include <string>

#include "table/snapshot.h"

namespace tarn::gold {

struct ResultSchema {
  table::Schema schema;  ///< ids assigned
  bool changed = false;  ///< differs from the snapshot's
  bool widened = false;  ///< a stored column's type grew: every file must be rewritten
};

/// A column's name that another one has, too, whatever its case.
std::optional<std::string> RepeatedName(const table::Schema& result);

/// kInvalidArgument when a name repeats.
Status CheckNames(const table::Schema& result);

/// The result's columns; a column that keeps name and type keeps its id. kInvalidArgument for duplicate column names.
Result<ResultSchema> OverwriteSchema(const table::Snapshot& base, const table::Schema& result);

/// The table's columns, extended by new ones of the result and widened where needed. kInvalidArgument when a type fits
/// neither way.
Result<ResultSchema> ExtendedSchema(const table::Snapshot& base, const table::Schema& result);

}  // namespace tarn::gold
