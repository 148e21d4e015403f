// SPDX-License-Identifier: Apache-2.0
#pragma once
// The port between `schedule`, which knows when, and whoever has something to run (http-api.md §8, lake.md §6.5):
// plans, what ran, what changed upstream, and how to run it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tarn::lake {

/// What becomes of times that passed while nobody could run the task.
enum class CatchUp : uint8_t {
  kOne,  ///< one run for all of them
  kAll,  ///< a run for each
  kNone  ///< they are skipped
};

struct TaskPlan {
  std::string id;        ///< "sales/daily"
  uint64_t version = 0;  ///< another one is another plan
  Timestamp since;       ///< when this plan was made: earlier times are nobody's
  std::string schedule;  ///< text of http-api.md §8.1; empty: none
  CatchUp catch_up = CatchUp::kOne;
  bool follows_upstreams = false;
  std::chrono::milliseconds debounce{0};    ///< quiet upstreams need before it runs
  std::vector<std::string> reads;           ///< tables whose commits are news, "sales.silver.orders"
  std::vector<std::string> upstream_tasks;  ///< ids; it never runs before one of them that is due as well
};

/// State of what a task reads.
struct UpstreamNews {
  std::optional<Timestamp> changed_at;  ///< newest change of rows since the last attempt; nullopt: nothing to run for
};

class Tasks {
 public:
  virtual ~Tasks() = default;

  /// Those that are to run by themselves.
  virtual std::vector<TaskPlan> Plans() = 0;

  /// The latest time that a run was opened for.
  virtual Result<std::optional<Timestamp>> LastScheduled(const std::string& id) = 0;

  /// Whether a run of it is queued or running.
  virtual bool IsBusy(const std::string& id) = 0;

  virtual Result<UpstreamNews> NewsFor(const std::string& id) = 0;

  /// Opens a run; its record is durable when this returns. `scheduled_for`: the time of the schedule it is for. Called
  /// by several threads, for different tasks.
  virtual Status Run(const std::string& id, std::string_view trigger, std::optional<Timestamp> scheduled_for) = 0;
};

}  // namespace tarn::lake
