// SPDX-License-Identifier: Apache-2.0
#pragma once
// The gate between staging and publishing (lake.md §6.2): a job's tests run on what would be published; their results
// are durable before anything is; what failed stays to be looked at. Thread-compatible.

#include <string>

#include "engine/query_engine.h"
#include "gold/execution.h"
#include "gold/job.h"
#include "gold/staged_results.h"
#include "quality/test_results.h"

namespace tarn::gold {

class TestGate {
 public:
  struct Dependencies {
    engine::QueryEngine& engine;
    quality::TestResults& results;
    Clock& clock;
  };
  struct Subject {
    const Job& job;
    const Execution& execution;
    engine::Workspace& workspace;
    table::Table& table;  ///< the job's
  };

  TestGate(Dependencies dependencies, Subject subject) : dependencies_(dependencies), subject_(subject) {}

  /// Tests the table as it would be. kFailedPrecondition when a test failed or could not be executed; the code of what
  /// kept a test from being executed when trying again may help.
  Status Check(StagedResult staged, const table::SnapshotPtr& base);
  /// Tests what the lake shows under the job's name: a view has nothing to publish.
  Status CheckView();

 private:
  Status Test();

  const Dependencies dependencies_;
  const Subject subject_;
  std::vector<quality::TestResult> results_;
};

/// What the record of a run says whose tests failed.
std::string TestsFailedText(const std::vector<quality::TestResult>& results, const Execution& execution);

}  // namespace tarn::gold
