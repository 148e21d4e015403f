// SPDX-License-Identifier: Apache-2.0
#include "gold/test_gate.h"

#include <algorithm>

#include "quality/run_tests.h"

namespace tarn::gold {
namespace {

/// Of tests that could not be executed for a reason that may pass or ends the run; nullopt when a test failed on its
/// own account.
std::optional<ErrorCode> PassingReason(const std::vector<quality::TestResult>& results) {
  std::optional<ErrorCode> reason;
  for (const auto& result : results) {
    if (result.status == quality::TestStatus::kFail) return std::nullopt;
    if (!result.error) continue;
    switch (*result.error) {
      case ErrorCode::kUnavailable:
      case ErrorCode::kConflict:
      case ErrorCode::kDeadlineExceeded:
      case ErrorCode::kCancelled:
        reason = result.error;
        break;
      default:
        return std::nullopt;
    }
  }
  return reason;
}

}  // namespace

std::string TestsFailedText(const std::vector<quality::TestResult>& results, const Execution& execution) {
  return quality::FailureText(results) + "; nothing was published, what was tested is " + execution.domain +
         ".gold.\"" + execution.job_name + "@" + std::to_string(execution.run) + "\"";
}

Status TestGate::Test() {
  const auto& job = subject_.job;
  results_ = quality::RunTests({dependencies_.engine, subject_.workspace, job.table(), job.tests, dependencies_.clock});
  quality::TestReport report;
  report.domain = job.domain;
  report.table = job.name;
  report.execution_id = subject_.execution.id();
  report.executed_at = dependencies_.clock.Now();
  report.results = results_;
  return dependencies_.results.Put(report, subject_.execution.run);
}

Status TestGate::Check(StagedResult staged, const table::SnapshotPtr& base) {
  auto& table = subject_.table;
  const auto name = subject_.job.table().ToString();
  TARN_TRY(subject_.workspace.AddInput(name, BindStaged(table.location(), base, staged)));
  TARN_TRY(Test());
  // The job's query may read its own table, and may be run again.
  TARN_TRY(subject_.workspace.AddInput(name, nullptr));
  if (quality::MayPublish(results_)) return {};
  if (const auto reason = PassingReason(results_)) return Fail(*reason, quality::FailureText(results_));
  staged.staged_at = dependencies_.clock.Now();
  TARN_TRY(StagedResults(table.store()).Put(table.location(), staged));
  return Fail(ErrorCode::kFailedPrecondition, TestsFailedText(results_, subject_.execution));
}

Status TestGate::CheckView() {
  TARN_TRY(Test());
  if (quality::MayPublish(results_)) return {};
  return Fail(PassingReason(results_).value_or(ErrorCode::kFailedPrecondition), quality::FailureText(results_));
}

}  // namespace tarn::gold
