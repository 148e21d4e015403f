// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waits for the ends of a job's runs: one that began before something was erased may still write what it has read. Free
// functions.

#include "gold/jobs.h"
#include "gold/runs.h"

namespace tarn::upkeep {

/// The run as it ended; kUnavailable when that takes too long.
Result<gold::Execution> AwaitEnd(gold::Runs& runs, const gold::Job& job, uint64_t run);

/// Until every run of the job that is under way has ended. Errors as AwaitEnd.
Status AwaitRunsUnderWay(gold::Runs& runs, const gold::Job& job);

}  // namespace tarn::upkeep
