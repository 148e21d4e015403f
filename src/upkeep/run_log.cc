// SPDX-License-Identifier: Apache-2.0
#include "upkeep/run_log.h"

#include <algorithm>

#include "base/assert.h"

namespace tarn::upkeep {
namespace {

bool DidSomething(const Figures& figures) {
  return std::ranges::any_of(figures, [](const auto& figure) { return figure.second > 0; });
}

}  // namespace

std::string_view VerbName(Verb verb) {
  switch (verb) {
    case Verb::kCompact:
      return "compact";
    case Verb::kExpire:
      return "expire";
    case Verb::kExport:
      return "export";
    case Verb::kOrphans:
      return "orphans";
  }
  return "";
}

RunLog::RunLog(Clock& clock, MetricRegistry& metrics) : clock_(clock), metrics_(metrics) {
  for (const auto verb : kVerbs) {
    const auto label = "verb=\"" + std::string(VerbName(verb)) + "\"";
    counters_.emplace(verb,
                      Counters{metrics.GetCounter("tarn_upkeep_runs_total", "runs of upkeep that ended", label),
                               metrics.GetCounter("tarn_upkeep_failures_total", "runs of upkeep that failed", label),
                               metrics.GetHistogram("tarn_upkeep_seconds", "time of one run of upkeep", label)});
  }
}

uint64_t RunLog::Begin(UpkeepRun run) {
  run.status = "RUNNING";
  run.started_at = clock_.Now();
  const std::lock_guard lock(mutex_);
  run.number = next_++;
  runs_.push_back(std::move(run));
  if (runs_.size() > kKeptRuns) runs_.pop_front();
  return next_ - 1;
}

UpkeepRun RunLog::End(uint64_t number, const Result<RunReport>& outcome) {
  UpkeepRun ended;
  {
    const std::lock_guard lock(mutex_);
    const auto run = std::ranges::find(runs_, number, &UpkeepRun::number);
    TARN_ASSERT(run != runs_.end());
    run->stopped_at = clock_.Now();
    run->status = outcome ? "SUCCEEDED" : "FAILED";
    if (outcome) {
      run->figures = outcome->figures;
      run->details = outcome->details;
      if (run->details.size() > kMaxDetails) run->details.resize(kMaxDetails);
    }
    if (!outcome) run->error = outcome.error().ToString();
    ended = *run;
    if (outcome && ended.trigger == Trigger::kLoop && !DidSomething(outcome->figures)) runs_.erase(run);
  }
  const auto& counters = counters_.at(ended.verb);
  counters.runs.Add();
  if (!outcome) counters.failures.Add();
  counters.seconds.Observe(static_cast<double>(ended.stopped_at.micros - ended.started_at.micros) / 1e6);
  if (!outcome || ended.dry_run) return ended;
  for (const auto& [name, value] : ended.figures) {
    metrics_.GetCounter("tarn_upkeep_" + name + "_total", "what runs of upkeep did").Add(value);
  }
  return ended;
}

std::vector<UpkeepRun> RunLog::Runs() const {
  const std::lock_guard lock(mutex_);
  return {runs_.rbegin(), runs_.rend()};
}

}  // namespace tarn::upkeep
