// SPDX-License-Identifier: Apache-2.0
#pragma once
// A table that others made becomes an endpoint's silver table, with a position from then on (durability.md §5.1). Its
// rows are those of another writer: they have no metadata, and any record of their key replaces them. Free functions;
// thread-safe.

#include <cstdint>
#include <string>

#include "engine/names.h"
#include "silver/merge.h"

namespace tarn::silver {

struct Adoption {
  int64_t rows = 0;
  int64_t version = -1;  ///< of the endpoint's table
  bool copied = false;   ///< else the files stayed where they are
};

/// Copies the rows of `source` into the table at `location`, which `endpoint` fills and which has no data yet, and
/// commits them once. Columns that the contract does not name come along when it lets fields evolve.
/// kConflict: there is a table already; kFailedPrecondition: the rows do not fit the contract (a key that is null or
/// occurs twice, a type that would lose values, a name that is refused); kUnsupported names an option that has no
/// meaning for such rows.
Result<Adoption> AdoptRows(const MergeDependencies& dependencies, const contract::CompiledContract& endpoint,
                           const std::string& location, const engine::BoundTablePtr& source);

/// Takes the table that others put at `location` itself, with its files and its history: one commit that says the
/// position. Errors as AdoptRows; kNotFound: no table lies there; kUnsupported as well for an Iceberg table, whose
/// files say where they lie.
Result<Adoption> AdoptInPlace(const MergeDependencies& dependencies, const contract::CompiledContract& endpoint,
                              const std::string& location);

}  // namespace tarn::silver
