// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rollback of a silver table: the target's rows and tombstones, the current position; what was merged in between counts
// as rolled back and is not merged again (durability.md §5.7). Free function; thread-safe.

#include <string>

#include "lake/rollback.h"
#include "silver/merge.h"

namespace tarn::silver {

/// As lake::Rollback, of the table at `location` that `endpoint` fills. kInvalidArgument as well for a version from
/// before a purge, and for one that says no position.
Result<lake::RollbackOutcome> RollbackTable(const MergeDependencies& dependencies,
                                            const contract::CompiledContract& endpoint, const std::string& location,
                                            const lake::RollbackRequest& request);

/// Counters after a rollback from `now` to `then`: their sum stays.
Counters CountersAfterRollback(const Counters& now, const Counters& then);

}  // namespace tarn::silver
