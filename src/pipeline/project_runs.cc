// SPDX-License-Identifier: Apache-2.0
#include "pipeline/project_runs.h"

#include <utility>

namespace tarn::pipeline {

ProjectRuns::~ProjectRuns() { Stop(); }

Status ProjectRuns::Start(const std::string& id, const ProjectCall& call) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return Fail(ErrorCode::kUnavailable, "the server is stopping");
  auto& run = runs_[id];
  run.thread = std::jthread([this, id, call](std::stop_token stop) {
    auto outcome = work_(call, std::move(stop));
    {
      const std::lock_guard ended(mutex_);
      runs_[id].outcome = std::move(outcome);
    }
    on_end_();
  });
  return {};
}

void ProjectRuns::Cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto run = runs_.find(id);
  if (run != runs_.end()) run->second.thread.request_stop();
}

bool ProjectRuns::IsRunning(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto run = runs_.find(id);
  return run != runs_.end() && !run->second.outcome;
}

std::optional<Status> ProjectRuns::TakeOutcome(const std::string& id) {
  Run ended;  // its thread is joined without the lock that the thread may wait for
  {
    const std::lock_guard lock(mutex_);
    const auto run = runs_.find(id);
    if (run == runs_.end() || !run->second.outcome) return std::nullopt;
    ended = std::move(run->second);
    runs_.erase(run);
  }
  return std::move(ended.outcome);
}

void ProjectRuns::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    for (auto& [id, run] : runs_) run.thread.request_stop();
  }
  for (;;) {
    std::jthread thread;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [id, run] : runs_) {
        if (run.thread.joinable()) {
          thread = std::move(run.thread);
          break;
        }
      }
    }
    if (!thread.joinable()) return;
    thread.join();
  }
}

}  // namespace tarn::pipeline
