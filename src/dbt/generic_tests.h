// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data tests as property files write them: their names, arguments and settings as dbt reads them. Pure functions;
// thread-safe (lake.md §6.7).

#include <string>

#include "codec/json.h"
#include "dbt/node.h"

namespace tarn::dbt {

/// What a test is written for.
struct TestTarget {
  const Node& node;
  std::string column;  ///< empty: the whole table
  std::string path;    ///< of the property file
  int line = 1;
};

/// A test node from `not_null`, or {accepted_values: {values: […], config: {…}, name: …}}. kInvalidArgument when it is
/// neither.
Result<Node> ReadGenericTest(const codec::OrderedJson& written, const TestTarget& target, const std::string& package);

/// Python's str() of a value in YAML: what test names are made of.
std::string PythonText(const codec::OrderedJson& value);

}  // namespace tarn::dbt
