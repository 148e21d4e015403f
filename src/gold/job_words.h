// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words clients use for a job's choices (http-api.md §8): accepted in any letter case, answered in lower case.

#include "base/words.h"
#include "gold/job.h"

namespace tarn::gold {

inline constexpr Words<WriteMode, 4> kWriteModes{{{"overwrite", WriteMode::kOverwrite},
                                                  {"append", WriteMode::kAppend},
                                                  {"upsert", WriteMode::kUpsert},
                                                  {"merge", WriteMode::kMerge}}};
inline constexpr Words<Materialization, 4> kMaterializations{{{"table", Materialization::kTable},
                                                              {"view", Materialization::kView},
                                                              {"incremental", Materialization::kIncremental},
                                                              {"snapshot", Materialization::kSnapshot}}};
inline constexpr Words<ScheduleType, 3> kScheduleTypes{
    {{"cron", ScheduleType::kCron}, {"dependency", ScheduleType::kDependency}, {"manual", ScheduleType::kManual}}};
inline constexpr Words<JobEngine, 4> kJobEngines{{{"duckdb", JobEngine::kDuckDb},
                                                  {"trino", JobEngine::kTrino},
                                                  {"spark", JobEngine::kSpark},
                                                  {"athena", JobEngine::kAthena}}};
inline constexpr Words<JobStatus, 3> kJobStatuses{
    {{"active", JobStatus::kActive}, {"paused", JobStatus::kPaused}, {"inactive", JobStatus::kPaused}}};
inline constexpr Words<CatchUp, 3> kCatchUps{
    {{"one", CatchUp::kOne}, {"all", CatchUp::kAll}, {"none", CatchUp::kNone}}};

}  // namespace tarn::gold
