// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words clients use for a job's choices (http-api.md §8): accepted in any letter case, answered in lower case.

#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gold/job.h"

namespace tarn::gold {

template <class T, size_t n>
using Words = std::array<std::pair<std::string_view, T>, n>;

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

/// First word of a value.
template <class T, size_t n>
std::string_view WordOf(const Words<T, n>& words, T value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  return words.front().first;
}

/// Value of a word in any letter case.
template <class T, size_t n>
std::optional<T> WordTo(const Words<T, n>& words, std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [word, meaning] : words) {
    if (word == text) return meaning;
  }
  return std::nullopt;
}

}  // namespace tarn::gold
