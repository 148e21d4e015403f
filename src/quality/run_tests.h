// SPDX-License-Identifier: Apache-2.0
#pragma once
// Running data tests (lake.md §6.2, §6.4): each one's failing rows are counted, exactly and whatever the others did.
// Free function; thread-compatible as the workspace is.

#include <vector>

#include "engine/query_engine.h"
#include "quality/test_report.h"

namespace tarn::quality {

struct TestRun {
  engine::QueryEngine& engine;  ///< judges the SQL of tests as that of queries
  /// Runs it. What is tested before it is published stands in the place of its table (an input of its name).
  engine::Workspace& workspace;
  engine::TableName table;
  const std::vector<Test>& tests;
  Clock& clock;
};

/// Failing rows of one test that are kept with its result, and their bytes as JSON.
inline constexpr size_t kKeptRows = 100;
inline constexpr size_t kKeptRowBytes = 64 << 10;

/// One result for each test, in their order. A test that cannot be executed is an error with its reason.
std::vector<TestResult> RunTests(const TestRun& run);

}  // namespace tarn::quality
