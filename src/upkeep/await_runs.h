// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waits for the ends of a job's runs: one that began before something was erased may still write what it has read. Free
// functions.

#include <stop_token>

#include "gold/jobs.h"
#include "gold/runs.h"

namespace tarn::upkeep {

/// The run as it ended; kUnavailable when that takes too long, or a stop is requested.
Result<gold::Execution> AwaitEnd(gold::Runs& runs, const gold::Job& job, uint64_t run, const std::stop_token& stop);

/// Until every run of the job that is under way has ended. Errors as AwaitEnd.
Status AwaitRunsUnderWay(gold::Runs& runs, const gold::Job& job, const std::stop_token& stop);

}  // namespace tarn::upkeep
