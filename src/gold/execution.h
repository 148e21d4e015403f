// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of a job and its record (durability.md §7.1, http-api.md §8.2, docs/formats/runs.md). Plain value and codec.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"

namespace tarn::gold {

enum class RunStatus { kQueued, kRunning, kSucceeded, kFailed, kTimedOut, kAborted };

std::string_view RunStatusName(RunStatus status);
/// In any letter case.
std::optional<RunStatus> RunStatusOf(std::string_view name);
inline bool IsFinal(RunStatus status) { return status != RunStatus::kQueued && status != RunStatus::kRunning; }

struct Execution {
  std::string domain;
  std::string job_name;
  uint64_t run = 0;  ///< number of the entry that opened it; the txn version of its publish commit
  RunStatus status = RunStatus::kQueued;
  Timestamp started_at;
  std::optional<Timestamp> stopped_at;
  std::string trigger = "manual";
  codec::Json input;             ///< run_mode, domain, job_name, query, write_mode, unique_key
  std::optional<uint64_t> rows;  ///< of the result, once it succeeded
  std::optional<std::string> error;
  std::map<std::string, int64_t> upstreams;  ///< "d.silver.t" → id of the snapshot that was read
  std::optional<Timestamp> scheduled_for;    ///< the time of the schedule this run is for
  bool is_interrupted = false;               ///< it ended, unpublished, because the server did

  /// "{domain}.{job}.{run}": one URL path segment.
  std::string id() const { return domain + "." + job_name + "." + std::to_string(run); }
};

struct ExecutionId {
  std::string domain;
  std::string job_name;
  uint64_t run = 0;
};
/// Also of the part behind the last ':' of a longer id (http-api.md §10); nullopt for other text.
std::optional<ExecutionId> ParseExecutionId(std::string_view text);

/// The Execution object of http-api.md §8.2.
codec::OrderedJson ExecutionToJson(const Execution& execution);

std::string EncodeExecution(const Execution& execution);
Result<Execution> DecodeExecution(std::string_view text);

}  // namespace tarn::gold
