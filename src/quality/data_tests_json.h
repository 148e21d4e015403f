// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data tests as members of bodies and stored documents (http-api.md §8.3). Free functions; thread-safe.

#include <string>
#include <vector>

#include "codec/json.h"
#include "engine/query_engine.h"
#include "quality/data_tests.h"

namespace tarn::quality {

struct TestProblem {
  size_t index = 0;    ///< of the test in the list
  std::string member;  ///< empty: the test as a whole
  std::string type;    ///< "missing", "value_error", …
  std::string message;
};

inline constexpr size_t kMaxTests = 1'000;  ///< of one table

/// The `tests` of the gold table `table`, an array; what is wrong goes to `problems`, SQL that is no SELECT included.
/// Every test has a name afterwards.
std::vector<Test> ReadTests(const codec::Json& list, const engine::TableName& table, engine::QueryEngine& engine,
                            std::vector<TestProblem>& problems);

/// As TestsToJson writes them; kCorrupt when it is no list of tests. Their SQL is not looked at.
Result<std::vector<Test>> DecodeTests(const codec::OrderedJson& list, const engine::TableName& table);

codec::OrderedJson TestsToJson(const std::vector<Test>& tests);

/// The arguments of the test's type, and its condition.
codec::OrderedJson TestParameters(const Test& test);

}  // namespace tarn::quality
