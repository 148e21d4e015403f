// SPDX-License-Identifier: Apache-2.0
#include "alert/conditions.h"

namespace tarn::alert {
namespace {

using gold::RunStatus;

std::string AboutJob(const gold::ExecutionId& id) { return "job." + id.domain + "." + id.job_name; }
std::string AboutTests(const gold::ExecutionId& id) { return "tests." + id.domain + "." + id.job_name; }
std::string AboutPipeline(const std::string& name) { return "pipeline." + name; }

bool SaysHowItWent(RunStatus status) { return gold::IsFinal(status) && status != RunStatus::kAborted; }

/// "not_null_daily_day (12), sums (error)": their messages may quote values.
std::string FailedTests(const std::vector<quality::TestResult>& results) {
  std::string names;
  for (const auto& result : results) {
    const bool is_error = result.status == quality::TestStatus::kError;
    if (!is_error && result.status != quality::TestStatus::kFail) continue;
    const auto count = result.failures && !is_error ? std::to_string(*result.failures) : std::string("error");
    names += (names.empty() ? "" : ", ") + result.name + " (" + count + ")";
  }
  return names;
}

Condition ConditionOfRun(const gold::Execution& run, const quality::TestReportPtr& report) {
  Condition condition;
  condition.about = AboutJob({run.domain, run.job_name, run.run});
  condition.is_bad = run.status != RunStatus::kSucceeded;
  condition.title = "job " + run.domain + "/" + run.job_name + (condition.is_bad ? " failed" : " succeeded");
  condition.reference = "/transform/executions/" + run.id();
  condition.message = "run " + std::to_string(run.run) + " " + std::string(gold::RunStatusName(run.status));
  const bool by_tests = condition.is_bad && report && !quality::MayPublish(report->results);
  if (by_tests) condition.message += ", tests: " + FailedTests(report->results);
  if (run.is_interrupted) condition.message += ": the server stopped before it had ended";
  return condition;
}

Condition ConditionOfTests(const gold::Execution& run, const quality::TestReportPtr& report) {
  std::string names;
  size_t warned = 0;
  for (const auto& result : report ? report->results : std::vector<quality::TestResult>()) {
    if (result.status != quality::TestStatus::kWarn) continue;
    ++warned;
    names += (names.empty() ? "" : ", ") + result.name;
  }
  Condition condition;
  condition.about = AboutTests({run.domain, run.job_name, run.run});
  condition.is_bad = warned > 0;
  condition.severity = Severity::kWarning;
  condition.title = "tests of job " + run.domain + "/" + run.job_name + " warned";
  condition.reference = "/tests/results?execution_id=" + run.id();
  condition.message = warned > 0 ? "run " + std::to_string(run.run) + ": " + names
                                 : "no test of run " + std::to_string(run.run) + " warned";
  return condition;
}

Condition ConditionOfPipelineRun(const pipeline::PipelineRun& run) {
  Condition condition;
  condition.about = AboutPipeline(run.pipeline);
  condition.is_bad = run.status != RunStatus::kSucceeded;
  condition.title = "pipeline " + run.pipeline + (condition.is_bad ? " failed" : " succeeded");
  condition.reference = "/pipelines/" + run.pipeline + "/runs/" + std::to_string(run.run);
  condition.message = "run " + std::to_string(run.run) + " " + std::string(gold::RunStatusName(run.status)) +
                      (run.error.empty() ? "" : ": " + run.error);
  return condition;
}

}  // namespace

std::string AboutMonitor(const std::string& name) { return "monitor." + name; }

std::optional<Condition> ConditionOf(const quality::Monitor& monitor, const quality::MonitorResult& result) {
  if (result.status == quality::MonitorStatus::kUnknown) return std::nullopt;
  Condition condition;
  condition.about = AboutMonitor(monitor.name);
  condition.is_bad = result.status == quality::MonitorStatus::kFail;
  condition.title = std::string(quality::MonitorKindName(monitor.kind)) + " of " + monitor.table.ToString() + " (" +
                    monitor.name + ")";
  condition.message = result.message;
  condition.reference = "/monitors/" + monitor.name;
  return condition;
}

Condition Gone(const std::string& about, const std::string& why) {
  Condition condition;
  condition.about = about;
  condition.message = why;
  return condition;
}

Result<std::vector<Condition>> ConditionsOfJob(const RunRecords& records, const std::string& job) {
  const auto slash = job.find('/');
  const gold::ExecutionId id{job.substr(0, slash), job.substr(slash + 1), 0};
  if (!records.jobs.Find(id.domain, id.job_name)) {
    return std::vector<Condition>{Gone(AboutJob(id), "the job was deleted"),
                                  Gone(AboutTests(id), "the job was deleted")};
  }
  TARN_ASSIGN(const auto last, records.runs.LastWith(id.domain, id.job_name, SaysHowItWent));
  if (!last) return std::vector<Condition>();
  TARN_ASSIGN(const auto report, records.test_results.Find(last->domain, last->job_name, last->run));
  std::vector<Condition> conditions{ConditionOfRun(*last, report)};
  // Tests of what was not published say nothing of the table.
  if (last->status == RunStatus::kSucceeded) conditions.push_back(ConditionOfTests(*last, report));
  return conditions;
}

Result<std::vector<Condition>> ConditionsOfPipeline(const RunRecords& records, const std::string& name) {
  if (!records.pipelines.Find(name)) {
    return std::vector<Condition>{Gone(AboutPipeline(name), "the pipeline was deleted")};
  }
  TARN_ASSIGN(const auto last, records.pipeline_runs.LastWith(name, SaysHowItWent));
  if (!last) return std::vector<Condition>();
  return std::vector<Condition>{ConditionOfPipelineRun(*last)};
}

}  // namespace tarn::alert
