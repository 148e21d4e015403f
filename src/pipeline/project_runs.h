// SPDX-License-Identifier: Apache-2.0
#pragma once
// dbt projects that run for pipelines, each in a thread of its own. Known to this process only: what a stopped server
// was at is over. Owned by app; thread-safe.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/result.h"
#include "pipeline/project_call.h"

namespace tarn::pipeline {

class ProjectRuns {
 public:
  /// Runs the project to its end. kCancelled after a stop was asked for; other errors say what failed.
  using Work = std::function<Status(const ProjectCall& call, std::stop_token stop)>;

  explicit ProjectRuns(Work work) : work_(std::move(work)) {}
  ~ProjectRuns();
  ProjectRuns(const ProjectRuns&) = delete;
  ProjectRuns& operator=(const ProjectRuns&) = delete;

  /// `id` is new. Called after the end of a run, from its thread; before the first Start.
  void OnEnd(std::function<void()> listener) { on_end_ = std::move(listener); }
  /// kUnavailable once stopped.
  Status Start(const std::string& id, const ProjectCall& call);
  void Cancel(const std::string& id);

  bool IsRunning(const std::string& id) const;
  /// How the run ended, once; nullopt: it has not, or nobody knows it.
  std::optional<Status> TakeOutcome(const std::string& id);

  /// Asks every run to stop and waits for them. Idempotent.
  void Stop();

 private:
  struct Run {
    std::jthread thread;
    std::optional<Status> outcome;
  };

  const Work work_;
  std::function<void()> on_end_ = [] {};
  mutable std::mutex mutex_;
  bool is_stopped_ = false;
  std::map<std::string, Run> runs_;
};

}  // namespace tarn::pipeline
