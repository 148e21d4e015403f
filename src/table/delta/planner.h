// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns an intent into the actions of the next Delta version. Pure: no I/O, no clock, no randomness.

#include <string>

#include "base/result.h"
#include "table/delta/actions.h"
#include "table/format.h"

namespace tarn::table::delta {

/// kFailedPrecondition: no schema for a table that does not exist, or an append-only table; kUnsupported names what we
/// cannot write; kConflict: a file to remove or to delete rows of is not in `base`; kInvalidArgument: a schema Delta
/// cannot hold.
Result<ActionSet> PlanActions(const Snapshot& base, const CommitIntent& intent, const std::string& engine_info);

}  // namespace tarn::table::delta
