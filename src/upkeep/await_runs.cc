// SPDX-License-Identifier: Apache-2.0
#include "upkeep/await_runs.h"

#include <chrono>
#include <thread>

namespace tarn::upkeep {
namespace {

constexpr std::chrono::milliseconds kLook{20};
/// Beside the time that the job itself may take.
constexpr std::chrono::minutes kPatience{10};

}  // namespace

Result<gold::Execution> AwaitEnd(gold::Runs& runs, const gold::Job& job, uint64_t run, const std::stop_token& stop) {
  const auto until = std::chrono::steady_clock::now() + kPatience + job.timeout;
  const gold::ExecutionId id{job.domain, job.name, run};
  for (;;) {
    TARN_ASSIGN(auto found, runs.Find(id));
    if (found && gold::IsFinal(found->status)) return *std::move(found);
    if (stop.stop_requested() || std::chrono::steady_clock::now() > until) {
      return Fail(ErrorCode::kUnavailable,
                  "a job's run takes too long: " + job.domain + "." + job.name + "." + std::to_string(run));
    }
    std::this_thread::sleep_for(kLook);
  }
}

Status AwaitRunsUnderWay(gold::Runs& runs, const gold::Job& job, const std::stop_token& stop) {
  gold::RunFilter filter;
  filter.domain = job.domain;
  filter.job_name = job.name;
  filter.status = gold::RunStatus::kRunning;
  TARN_ASSIGN(const auto under_way, runs.List(filter));
  for (const auto& execution : under_way) TARN_TRY(AwaitEnd(runs, job, execution.run, stop));
  return {};
}

}  // namespace tarn::upkeep
